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
