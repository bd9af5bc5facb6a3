/// A pool at one moment.
public struct PostgresPoolMetrics: Sendable, Hashable, CustomStringConvertible {
    /// Connections that wait for work.
    public let idle: Int
    /// Connections that are lent.
    public let busy: Int
    /// Connections that are being made.
    public let connecting: Int
    /// Callers that wait for a connection.
    public let waiting: Int
    /// How many connections there may be.
    public let maximum: Int

    /// The figures, for an error or a log.
    public var description: String {
        "\(busy) of \(maximum) busy, \(idle) idle, \(connecting) connecting, \(waiting) callers waiting"
    }
}
