import ArgumentParser

/// `queueflow cron`: what cron expressions mean. It asks no server.
struct CronCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cron",
        abstract: "Try out cron expressions.",
        subcommands: [CronNextCommand.self]
    )
}
