import DescriptorIO

/// One conversation with the server, from a command to the server's being ready again.
///
/// Belongs to the connection's actor.
final class Exchange {
    let operation: String
    /// Whether cancelling the task cancels the command.
    let heedsCancellation: Bool
    /// When to give up the connection; set when the command is cancelled, or from the start.
    var deadline: ContinuousClock.Instant?
    /// The request to cancel that is under way or done.
    var cancelRequest: BlockingCall<String?>?

    init(_ operation: String, heedsCancellation: Bool, deadline: ContinuousClock.Instant?) {
        self.operation = operation
        self.heedsCancellation = heedsCancellation
        self.deadline = deadline
    }

    func failure(_ kind: PostgresError.Kind, _ message: String, hint: String? = nil) -> PostgresError {
        PostgresError(kind, operation: operation, message: message, hint: hint)
    }
}
