/// A message of `NOTIFY`.
public struct PostgresNotification: Sendable, Hashable {
    /// The channel it was sent to.
    public let channel: String
    /// Its text; empty when none was given.
    public let payload: String
    /// The server process that sent it.
    public let processID: Int32
}
