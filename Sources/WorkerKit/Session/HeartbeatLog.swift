import Synchronization

/// When the heartbeats without an answer were sent.
final class HeartbeatLog: Sendable {
    private let state = Mutex((last: UInt64(0), sent: [UInt64: ContinuousClock.Instant]()))

    /// Notes that a heartbeat is being sent now.
    ///
    /// - Returns: Its number.
    func sending() -> UInt64 {
        state.withLock { state in
            state.last += 1
            state.sent[state.last] = .now
            return state.last
        }
    }

    /// When the heartbeat of that number was sent; nil when it was answered before.
    func answered(_ sequence: UInt64) -> ContinuousClock.Instant? {
        state.withLock { $0.sent.removeValue(forKey: sequence) }
    }
}
