import CNghttp2

/// What one end of a connection goes by, on either side.
struct ConnectionConfiguration: Sendable {
    var settings = HTTP2Settings()
    var keepalive = KeepaliveConfiguration()
    var flood = FloodGuard.Configuration()
    /// The largest message accepted, in bytes.
    var maxReceiveMessageSize = 4 * 1024 * 1024
    /// Bytes a call may have waiting to be sent before its writers are held up.
    var writeBufferSize = 64 * 1024
}

extension ConnectionConfiguration {
    /// What a server's or a client's configuration says of its connections.
    init(limits: ConnectionLimits, keepalive: KeepaliveConfiguration) {
        self.init(
            settings: HTTP2Settings(
                streamWindowSize: UInt32(clamping: limits.streamWindowSize),
                connectionWindowSize: UInt32(clamping: limits.connectionWindowSize),
                maxHeaderListSize: UInt32(clamping: limits.maxMetadataSize)
            ),
            keepalive: keepalive,
            maxReceiveMessageSize: limits.maxReceiveMessageSize,
            writeBufferSize: limits.writeBufferSize
        )
    }
}

/// What a connection accepts and keeps, of a server and of a client alike.
public struct ConnectionLimits: Sendable {
    /// The largest message accepted, in bytes, after decompression. 4 MiB by default.
    public var maxReceiveMessageSize = 4 * 1024 * 1024

    /// Bytes that the peer may send ahead of the reader on one call.
    public var streamWindowSize = 256 * 1024

    /// Bytes that may be in flight to this side on one connection.
    public var connectionWindowSize = 4 * 1024 * 1024

    /// Bytes of metadata accepted with a request or a response, counted as in RFC 9113, section 10.5.1.
    public var maxMetadataSize = 16 * 1024

    /// Bytes that a call may have waiting to be sent before its writers are held up.
    public var writeBufferSize = 64 * 1024

    /// The default limits.
    public init() {}
}

/// What one end of a connection announces about itself (RFC 9113, section 6.5.2).
struct HTTP2Settings: Sendable {
    /// Streams that the peer may have open; a server's.
    var maxConcurrentStreams: UInt32 = 128
    /// Bytes that may be unread on a stream.
    var streamWindowSize: UInt32 = 256 * 1024
    /// Bytes that may be in flight on the whole connection.
    var connectionWindowSize: UInt32 = 4 * 1024 * 1024
    /// Bytes of a received header block, counted as in section 10.5.1.
    var maxHeaderListSize: UInt32 = 16 * 1024

    func entries(role: HTTP2Session.Role) -> [nghttp2_settings_entry] {
        var entries = [
            entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, streamWindowSize),
            entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, maxHeaderListSize),
        ]
        switch role {
        case .client: entries.append(entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        case .server: entries.append(entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, maxConcurrentStreams))
        }
        return entries
    }

    private func entry(_ id: nghttp2_settings_id, _ value: UInt32) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: value)
    }
}
