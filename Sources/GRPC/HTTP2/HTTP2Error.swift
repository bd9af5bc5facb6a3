import CNghttp2

/// nghttp2 could not go on with a connection; the connection is closed for it.
struct HTTP2Error: Error, CustomStringConvertible {
    /// nghttp2's code.
    let rawValue: Int32

    /// What was being done, to follow "could not".
    let doing: StaticString

    var description: String {
        "The HTTP/2 session could not \(doing): \(String(cString: nghttp2_strerror(rawValue))) (\(rawValue))."
    }

    static func check(_ code: Int32, _ doing: StaticString) throws(HTTP2Error) {
        if code < 0 { throw HTTP2Error(rawValue: code, doing: doing) }
    }
}

/// The reason in a RST_STREAM or GOAWAY frame (RFC 9113, section 7).
struct HTTP2ErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    let rawValue: UInt32

    static let noError = HTTP2ErrorCode(rawValue: 0)
    static let protocolError = HTTP2ErrorCode(rawValue: 1)
    static let internalError = HTTP2ErrorCode(rawValue: 2)
    static let refusedStream = HTTP2ErrorCode(rawValue: 7)
    static let cancel = HTTP2ErrorCode(rawValue: 8)
    static let enhanceYourCalm = HTTP2ErrorCode(rawValue: 11)
    static let inadequateSecurity = HTTP2ErrorCode(rawValue: 12)

    private static let names = [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
        "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ]

    var description: String {
        rawValue < Self.names.count ? Self.names[Int(rawValue)] : "error code \(rawValue)"
    }
}

/// Why this side ended a connection.
enum ConnectionFailure: Error, CustomStringConvertible {
    case noHTTP2
    case tooManyPings
    case flood
    case skippedStream
    case keepaliveTimeout
    case tooOld
    case handshakeTimeout
    case tooManyConnections

    var description: String {
        switch self {
        case .noHTTP2: "The TLS handshake did not agree on HTTP/2; both sides must offer the ALPN protocol 'h2'."
        case .tooManyPings: "The peer sent pings more often than it may."
        case .flood: "The peer sent more resets, pings, settings or empty frames than it may."
        case .skippedStream: "The peer opened a stream after one with a higher number."
        case .keepaliveTimeout: "The peer did not answer a keepalive ping in time."
        case .tooOld: "The connection had reached its age, and the grace for its last calls was over."
        case .handshakeTimeout: "The client took too long to begin to speak HTTP/2."
        case .tooManyConnections: "The server has as many connections open as it may."
        }
    }
}
