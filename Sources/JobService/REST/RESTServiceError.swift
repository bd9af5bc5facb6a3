/// Why the REST API cannot do its work.
enum RESTServiceError: Error, Hashable, CustomStringConvertible {
    /// The address could not be bound.
    case cannotListen(host: String, port: Int, reason: String)

    /// Says what happened and what to change.
    var description: String {
        switch self {
        case .cannotListen(let host, let port, let reason):
            """
            The REST API cannot listen on \(host):\(port) (\(reason)). Stop the program that uses the port, or set \
            HTTP_PORT to a free one.
            """
        }
    }
}
