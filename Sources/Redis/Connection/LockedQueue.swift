import Concurrency
import Synchronization

/// The ``CommandQueue`` behind its lock, shared by callers and the connection; resumes callers after releasing the lock.
final class LockedQueue: Sendable {
    private let state: Mutex<CommandQueue>
    private let commandTimeout: Duration

    init(_ configuration: RedisConfiguration) {
        state = Mutex(CommandQueue(configuration: configuration))
        commandTimeout = configuration.commandTimeout
    }

    var isEmpty: Bool { state.withLock { $0.isEmpty } }
    var inFlight: Int { state.withLock { $0.inFlight } }
    var isConnected: Bool { state.withLock { $0.isConnected } }
    var nextDeadline: ContinuousClock.Instant? { state.withLock { $0.nextDeadline } }

    func takeOutgoing() -> [UInt8] { state.withLock { $0.takeOutgoing() } }

    /// Queues a command, or refuses it at once.
    func add(_ bytes: [UInt8], command: String, id: UInt64, waiter: CommandQueue.Waiter) {
        let now = ContinuousClock.now
        switch state.withLock({ $0.add(bytes, command: command, id: id, waiter: waiter, now: now) }) {
        case .queued(let signal): signal.raise()
        case .refused(let error): waiter.resume(throwing: error)
        }
    }

    /// Releases a caller whose task was cancelled; the reply is dropped when it comes.
    func abandon(_ id: UInt64) {
        state.withLock { $0.abandon(id) }?.resume(throwing: CancellationError())
    }

    /// Hands out a reply.
    ///
    /// - Throws: ``RedisError/connectionLost(reason:)`` when nothing was asked.
    func answer(_ reply: RedisReply) throws(RedisError) {
        switch state.withLock({ $0.answerFirst() }) {
        case .caller(let waiter, let command):
            if case .error(let message) = reply {
                waiter.resume(throwing: RedisError.server(message, command: command))
            } else {
                waiter.resume(returning: reply)
            }
        case .nobody: break
        case .unexpected: throw .connectionLost(reason: "the server sent a reply that nothing had asked for")
        }
    }

    /// Tells those who have waited too long.
    ///
    /// - Throws: ``RedisError/connectionLost(reason:)`` when the connection must be taken for dead.
    func expire(_ configuration: RedisConfiguration) throws(RedisError) {
        let now = ContinuousClock.now
        let (expired, isStalled) = state.withLock { ($0.expire(now: now), $0.isStalled(now: now)) }
        for (waiter, command) in expired {
            waiter.resume(throwing: RedisError.timedOut(command: command, after: configuration.commandTimeout))
        }
        if isStalled { throw .connectionLost(reason: "no reply for \(configuration.stallTimeout)") }
    }

    /// Accepts commands from now on.
    ///
    /// - Parameter isRefused: Asked under the lock; `true` leaves the queue closed.
    /// - Returns: Whether it is open.
    func open(_ signal: WakeSignal, unless isRefused: () -> Bool) -> Bool {
        state.withLock { state in
            if isRefused() { return false }
            state.open(signal)
            return true
        }
    }

    /// Refuses commands from now on; those in flight are still answered.
    func close(reason: String) {
        state.withLock { _ = $0.close(reason: reason) }
    }

    /// Refuses commands from now on and tells those in flight that the connection is lost.
    func fail(_ reason: String) {
        let waiters = state.withLock { state in
            _ = state.close(reason: reason)
            return state.removeAll()
        }
        for waiter in waiters { waiter.resume(throwing: RedisError.connectionLost(reason: reason)) }
    }
}
