import ArgumentParser

/// `queueflow down`: stops the stack on this machine and keeps its data.
struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stop what `queueflow up` started; data, logs and credentials stay.",
        discussion: "Services are stopped in the reverse order of their start; one that takes too long is killed."
    )

    @OptionGroup var options: StackOptions

    func run() async throws {
        try await StackStopper(directory: options.stack, console: .standard).stop()
    }
}
