public import Concurrency

/// Which servers a ``GRPCClient`` calls and what it goes by.
public struct GRPCClientConfiguration: Sendable {
    /// The servers, each `host:port`; calls take turns among those that are up.
    public var addresses: [String]

    /// What to trust, if the servers speak TLS; else plain text is spoken.
    public var tls: ClientTLS?

    /// The `:authority` of requests; `nil` takes the address of each server.
    public var authority: String?

    /// What the client calls itself, ahead of the library's own name.
    public var userAgent: String?

    /// How long it may take until a connection is up, TLS and the server's settings included.
    public var connectTimeout: Duration = .seconds(20)

    /// Waits between attempts to connect; those of gRPC's connection backoff protocol by default.
    public var backoff = Backoff(first: .seconds(1), longest: .seconds(120), factor: 1.6, jitter: 0.8...1.2)

    /// When calls are tried again.
    public var retry = RetryPolicy()

    /// The service whose health decides whether a server is given calls, as told by its `grpc.health.v1.Health`; empty for the server as a
    /// whole, `nil` to not ask. Servers without that service count as healthy.
    public var healthCheckedService: String?

    /// Pings; none by default.
    public var keepalive = KeepaliveConfiguration()

    /// What a connection accepts and keeps.
    public var limits = ConnectionLimits()

    /// How long calls may go on after a graceful shutdown has begun.
    public var drainTimeout: Duration = .seconds(30)

    /// A client of the servers at `addresses`, with default limits.
    public init(addresses: [String], tls: ClientTLS? = nil) {
        self.addresses = addresses
        self.tls = tls
    }

    var connection: ConnectionConfiguration {
        ConnectionConfiguration(limits: limits, keepalive: keepalive)
    }
}
