import ArgumentParser

/// `queueflow`: the operator's command line.
@main
struct QueueFlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queueflow",
        abstract: "Run and operate QueueFlow.",
        subcommands: [
            UpCommand.self, DownCommand.self, StatusCommand.self, LogsCommand.self, EnvCommand.self, NewCommand.self,
            CronCommand.self,
        ]
    )
}
