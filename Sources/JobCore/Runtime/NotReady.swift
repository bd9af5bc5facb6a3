/// Why a process is not ready.
public struct NotReady: Error, CustomStringConvertible {
    /// What is wrong.
    public let description: String

    /// A process that is not ready for a reason.
    public init(reason: String) {
        description = reason
    }
}
