/// Why this side ended a connection.
enum ConnectionFailure: Error, CustomStringConvertible {
    case noHTTP2
    case tooManyPings
    case flood
    case keepaliveTimeout
    case tooOld
    case handshakeTimeout
    case tooManyConnections

    var description: String {
        switch self {
        case .noHTTP2: "The TLS handshake did not agree on HTTP/2; both sides must offer the ALPN protocol 'h2'."
        case .tooManyPings: "The peer sent pings more often than it may."
        case .flood: "The peer sent more resets, pings, settings or empty frames than it may."
        case .keepaliveTimeout: "The peer did not answer a keepalive ping in time."
        case .tooOld: "The connection had reached its age, and the grace for its last calls was over."
        case .handshakeTimeout: "The client took too long to begin to speak HTTP/2."
        case .tooManyConnections: "The server has as many connections open as it may."
        }
    }
}
