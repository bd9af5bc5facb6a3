import ArgumentParser

/// `chaos`: breaks a whole platform in every way it can, while jobs run, and then looks whether a promise was broken.
@main
struct Chaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Break QueueFlow on purpose and hold it to its promises.",
        subcommands: [RunCommand.self, WorkerCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
