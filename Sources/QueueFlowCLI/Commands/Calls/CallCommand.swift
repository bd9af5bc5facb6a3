import ArgumentParser

/// A command that calls a server. It can be interrupted at any time.
protocol CallCommand: AsyncParsableCommand, Sendable {
    /// Does what the command is for.
    func call() async throws
}

extension CallCommand {
    mutating func run() async throws {
        let command = self
        try await Interruption.cancels { try await command.call() }
    }
}
