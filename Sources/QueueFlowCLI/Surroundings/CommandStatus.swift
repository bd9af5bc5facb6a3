/// How a command ended, for who called it; docs/cli.md lists them.
enum CommandStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case failure = 1
    /// What was asked for cannot be asked.
    case usage = 2
    case notFound = 3
    /// No credential, a wrong one, or one that does not allow it.
    case authentication = 4
    /// What is there does not allow it now.
    case conflict = 5
    /// The server is away or busy, or the time was up.
    case unreachable = 6
    /// The job that was waited for is dead.
    case jobFailed = 10
    /// The job that was waited for was cancelled.
    case jobCancelled = 11
    case interrupted = 130
}

/// Why a command could not do what it was asked for: one line that says what to do.
struct CommandFailure: Error, CustomStringConvertible, Hashable {
    let status: CommandStatus
    let description: String

    /// - Parameter description: The line; when it is empty all has been said.
    init(_ status: CommandStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
