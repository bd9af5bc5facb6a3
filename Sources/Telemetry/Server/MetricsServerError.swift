/// The error of a ``MetricsServer`` that cannot do its work.
public enum MetricsServerError: Error, Equatable, CustomStringConvertible {
    /// The address could not be bound.
    case cannotListen(host: String, port: Int, reason: String)

    /// A sentence that says what happened and what to change.
    public var description: String {
        switch self {
        case .cannotListen(let host, let port, let reason):
            """
            The metrics server cannot listen on \(host):\(port) (\(reason)). Stop the program that uses the port, or \
            set METRICS_PORT to a free one.
            """
        }
    }
}
