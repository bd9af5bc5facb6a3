/// A call that ended with anything but `OK`, as thrown to callers and by handlers.
///
/// A handler throws one to choose the status that its caller sees. Any other error of a handler becomes `UNKNOWN`
/// without its text, so that internals do not leak.
public struct GRPCError: Error, Sendable, CustomStringConvertible {
    /// Why the call failed.
    public var code: GRPCStatus.Code

    /// A sentence for people; it travels as `grpc-message`.
    public var message: String

    /// Trailing metadata: what a handler sends with the status, or what came with it.
    public var metadata: Metadata

    /// What led to this error on this side; it does not travel.
    public var cause: (any Error)?

    /// An error of the given code.
    /// - Parameters:
    ///   - code: the status; `ok` is replaced by `unknown`, since a success is not an error.
    ///   - message: a sentence for people.
    ///   - metadata: trailing metadata.
    ///   - cause: the error behind this one; kept on this side.
    public init(code: GRPCStatus.Code, message: String, metadata: Metadata = [:], cause: (any Error)? = nil) {
        self.code = code == .ok ? .unknown : code
        self.message = message
        self.metadata = metadata
        self.cause = cause
    }

    /// The status part: the code and the message.
    public var status: GRPCStatus { GRPCStatus(code: code, message: message) }

    /// The text for people and logs.
    public var description: String {
        cause.map { "\(status) (cause: \($0))" } ?? "\(status)"
    }

    static let deadlineExceeded = GRPCError(
        code: .deadlineExceeded,
        message: "The deadline passed before the call was over."
    )

    /// What the caller of a handler that threw `error` is told.
    static func reported(for error: any Error) -> GRPCError {
        switch error {
        case let error as GRPCError: error
        case is CancellationError: GRPCError(code: .cancelled, message: "The call was cancelled.", cause: error)
        default: GRPCError(code: .unknown, message: "The service failed to handle the call.", cause: error)
        }
    }
}
