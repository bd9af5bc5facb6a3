import NIOCore

/// Pings a quiet peer, and counts the pings of one that is too busy with them.
///
/// Used on the connection's event loop only.
final class Keepalive {
    private let configuration: KeepaliveConfiguration
    private let pingsWithoutCalls: Bool
    private weak var connection: HTTP2Connection?
    private var interval: TimeAmount?
    private var lastReceived = NIODeadline.now()
    private var timer: Scheduled<Void>?
    private var isAwaitingAck = false
    private var lastPing: NIODeadline?
    private var strikes = 0

    /// From gRPC's "A8: client-side keepalive": a server takes two bad pings before it ends the connection.
    private static let maxStrikes = 2
    private static let intervalWithoutCalls = TimeAmount.hours(2)

    init(configuration: KeepaliveConfiguration, role: HTTP2Session.Role) {
        self.configuration = configuration
        // A server has no other way to find out that an idle client is gone.
        self.pingsWithoutCalls = role == .server || configuration.pingsWithoutCalls
        self.interval = configuration.interval.map(TimeAmount.init(clamping:))
    }

    func start(on connection: HTTP2Connection) {
        self.connection = connection
        lastReceived = .now()
        schedule()
    }

    func stop() {
        timer?.cancel()
        timer = nil
    }

    /// Bytes have come from the peer: it is there.
    func received() {
        guard interval != nil else { return }
        lastReceived = .now()
    }

    /// A ping of ours was answered: the next interval begins.
    func receivedAck() {
        guard isAwaitingAck else { return }
        isAwaitingAck = false
        timer?.cancel()
        schedule()
    }

    /// This side sent headers or data, and so may itself have caused the peer's pings.
    func sentStreamFrame() {
        strikes = 0
        lastPing = nil
    }

    /// Whether a ping from the peer is still tolerable.
    func accepts(pingAt now: NIODeadline, hasStreams: Bool) -> Bool {
        let minimum =
            hasStreams || configuration.acceptsPingsWithoutCalls
            ? TimeAmount(clamping: configuration.minimumPingInterval) : Self.intervalWithoutCalls
        if let lastPing, now - lastPing < minimum { strikes += 1 }
        lastPing = now
        return strikes <= Self.maxStrikes
    }

    private func schedule() {
        guard let interval, let eventLoop = connection?.eventLoop else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: lastReceived + interval) { bound.value.check() }
    }

    private func check() {
        guard let interval, let connection, let eventLoop = connection.eventLoop else { return }
        let isPingDue = NIODeadline.now() - lastReceived >= interval
        guard isPingDue, pingsWithoutCalls || !connection.streams.isEmpty else {
            if isPingDue { lastReceived = .now() }
            return schedule()
        }
        isAwaitingAck = true
        let pinged = NIODeadline.now()
        connection.ping()
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        timer = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(clamping: configuration.timeout)) {
            bound.value.checkAck(pinged: pinged)
        }
    }

    private func checkAck(pinged: NIODeadline) {
        // Whatever came since shows that the peer is there, though it may be slow to answer.
        guard lastReceived < pinged else {
            isAwaitingAck = false
            return schedule()
        }
        connection?.fail(ConnectionFailure.keepaliveTimeout, code: .noError, debugData: "keepalive_timeout")
    }
}

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
