/// How a connection finds out that its peer is gone, and how many pings it takes from the peer.
public struct KeepaliveConfiguration: Sendable {
    /// After this long without a byte from the peer, it is sent a ping; `nil` sends none.
    public var interval: Duration?

    /// A ping not answered within this time ends the connection.
    public var timeout: Duration

    /// Whether a client sends pings while it has no call open; servers always do.
    public var pingsWithoutCalls: Bool

    /// Pings that a client sends closer together than this count against it; the third ends its connection with
    /// ENHANCE_YOUR_CALM. A server's setting. While the server sends, pings do not count.
    public var minimumPingInterval: Duration

    /// Whether a client may ping as often while it has no call open; else it may once in two hours.
    public var acceptsPingsWithoutCalls: Bool

    /// The rules of gRPC's keepalive guide: by default no pings are sent, and pings are taken every five minutes.
    public init(
        interval: Duration? = nil,
        timeout: Duration = .seconds(20),
        pingsWithoutCalls: Bool = false,
        minimumPingInterval: Duration = .seconds(300),
        acceptsPingsWithoutCalls: Bool = false
    ) {
        self.interval = interval
        self.timeout = timeout
        self.pingsWithoutCalls = pingsWithoutCalls
        self.minimumPingInterval = minimumPingInterval
        self.acceptsPingsWithoutCalls = acceptsPingsWithoutCalls
    }
}
