import NIOCore

/// Ends a server's connection in order once it has reached its age, and at once if its client does not begin to speak HTTP/2.
struct ConnectionLifetime {
    private var timers: [Scheduled<Void>] = []

    private var handshake: Scheduled<Void>?

    mutating func start(_ configuration: GRPCServerConfiguration, on connection: HTTP2Connection) {
        guard let eventLoop = connection.eventLoop?.assumeIsolated() else { return }
        handshake = eventLoop.scheduleTask(in: TimeAmount(clamping: configuration.handshakeTimeout)) {
            [weak connection] in
            connection?.fail(ConnectionFailure.handshakeTimeout)
        }
        let age = configuration.connectionAge
        guard let maximum = age.maximum else { return }
        // Spread by a tenth either way, so that clients which came together do not come back together.
        let spread = maximum * Double.random(in: 0.9...1.1)
        timers.append(
            eventLoop.scheduleTask(in: TimeAmount(clamping: spread)) { [weak connection] in connection?.drainStreams() }
        )
        guard let grace = age.grace else { return }
        timers.append(
            eventLoop.scheduleTask(in: TimeAmount(clamping: spread + grace)) { [weak connection] in
                connection?.fail(ConnectionFailure.tooOld, code: .noError, debugData: "max_age")
            }
        )
    }

    /// The client speaks HTTP/2.
    mutating func greeted() {
        handshake?.cancel()
        handshake = nil
    }

    mutating func stop() {
        greeted()
        for timer in timers { timer.cancel() }
        timers = []
    }
}
