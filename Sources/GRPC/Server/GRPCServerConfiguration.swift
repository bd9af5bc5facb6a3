public import Concurrency

/// Where a ``GRPCServer`` listens and what it goes by.
public struct GRPCServerConfiguration: Sendable {
    /// The address to listen on.
    public var host: String

    /// The port to listen on; 0 takes a free one, see ``GRPCServer/listeningAddress``.
    public var port: Int

    /// Certificates, if the server is to speak TLS; else it speaks plain text.
    public var tls: ServerTLS?

    /// What a connection accepts and keeps.
    public var limits = ConnectionLimits()

    /// Calls that a client may have open on one connection.
    public var maxConcurrentStreams = 128

    /// Pings.
    public var keepalive = KeepaliveConfiguration(interval: .seconds(60))

    /// How old a connection may become.
    public var connectionAge = ConnectionAge()

    /// How long calls may go on after a graceful shutdown has begun.
    public var drainTimeout: Duration = .seconds(30)

    /// Connections that may be open at a time. For a further one, that which has been without a call the longest is closed; it is closed
    /// itself only when all have calls.
    public var maxConnections = 10_000

    /// Connections that one address, or of IPv6 one network of 64 bits, may have open at a time; further ones are treated in the same way.
    public var maxConnectionsPerAddress = 2_000

    /// Whose connections are many clients', and so count in all only.
    public var proxies: [IPNetwork] = []

    /// How long a client may take for the TLS handshake and its first HTTP/2 settings.
    public var handshakeTimeout: Duration = .seconds(10)

    /// Connections that may wait to be accepted.
    public var backlog = 256

    /// A server on `host` and `port` with default limits.
    public init(host: String = "0.0.0.0", port: Int, tls: ServerTLS? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
    }

    /// How old connections may become.
    public struct ConnectionAge: Sendable {
        /// After about this time a connection is drained, so that clients spread over new servers; `nil` for never.
        public var maximum: Duration?

        /// Calls still open this much later are ended; `nil` lets them go on.
        public var grace: Duration?

        /// Ages in seconds; by default connections live as long as their clients want.
        public init(maximum: Duration? = nil, grace: Duration? = nil) {
            self.maximum = maximum
            self.grace = grace
        }
    }

    var connection: ConnectionConfiguration {
        var connection = ConnectionConfiguration(limits: limits, keepalive: keepalive)
        connection.settings.maxConcurrentStreams = UInt32(clamping: maxConcurrentStreams)
        return connection
    }
}
