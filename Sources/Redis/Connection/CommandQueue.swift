import Concurrency
import DequeModule

/// The commands that wait to be sent or answered, in the order in which Redis will answer them.
///
/// Pure bookkeeping, kept under a lock: methods return whom to resume once it is released.
struct CommandQueue: Sendable {
    typealias Waiter = CheckedContinuation<RedisReply, any Error>

    private struct Pending {
        let id: UInt64
        let command: String
        let queuedAt: ContinuousClock.Instant
        /// `nil` once the caller has given up; the reply is still to come and belongs to nobody.
        var waiter: Waiter?
    }

    enum Queued {
        /// The signal tells the connection that there is something to send.
        case queued(WakeSignal)
        case refused(RedisError)
    }

    private let configuration: RedisConfiguration
    private var signal: WakeSignal?
    private var reason = "it has not been started yet"
    private var outgoing: [UInt8] = []
    private var pending: Deque<Pending> = []
    /// So many at the front have timed out already.
    private var expiredCount = 0

    init(configuration: RedisConfiguration) {
        self.configuration = configuration
    }

    var isEmpty: Bool { pending.isEmpty }
    var inFlight: Int { pending.count }
    var isConnected: Bool { signal != nil }

    mutating func add(
        _ bytes: [UInt8],
        command: String,
        id: UInt64,
        waiter: Waiter,
        now: ContinuousClock.Instant
    ) -> Queued {
        guard let signal else { return .refused(.notConnected(reason: reason)) }
        guard
            pending.count < configuration.maximumInFlight,
            outgoing.isEmpty || outgoing.count + bytes.count <= configuration.maximumQueuedBytes
        else { return .refused(.tooManyInFlight(limit: pending.count)) }
        outgoing.append(contentsOf: bytes)
        pending.append(Pending(id: id, command: command, queuedAt: now, waiter: waiter))
        return .queued(signal)
    }

    /// Everything that has been queued since the last call.
    mutating func takeOutgoing() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &outgoing)
        return taken
    }

    enum Answered {
        case caller(Waiter, command: String)
        case nobody
        /// Redis said something that no command had asked for.
        case unexpected
    }

    /// Finds who gets the next reply.
    mutating func answerFirst() -> Answered {
        guard let first = pending.popFirst() else { return .unexpected }
        expiredCount = max(0, expiredCount - 1)
        return first.waiter.map { .caller($0, command: first.command) } ?? .nobody
    }

    /// The caller no longer waits.
    mutating func abandon(_ id: UInt64) -> Waiter? {
        guard let index = pending.firstIndex(where: { $0.id == id }) else { return nil }
        return pending[index].waiter.take()
    }

    /// Those who have waited too long for their reply.
    mutating func expire(now: ContinuousClock.Instant) -> [(waiter: Waiter, command: String)] {
        var expired: [(Waiter, String)] = []
        while expiredCount < pending.count, pending[expiredCount].queuedAt + configuration.commandTimeout <= now {
            if let waiter = pending[expiredCount].waiter.take() {
                expired.append((waiter, pending[expiredCount].command))
            }
            expiredCount += 1
        }
        return expired
    }

    /// Whether the oldest command has waited so long that the connection must be taken for dead.
    func isStalled(now: ContinuousClock.Instant) -> Bool {
        pending.first.map { $0.queuedAt + configuration.stallTimeout <= now } ?? false
    }

    /// When to call ``expire(now:)`` or ``isStalled(now:)`` again.
    var nextDeadline: ContinuousClock.Instant? {
        guard let first = pending.first else { return nil }
        let stall = first.queuedAt + configuration.stallTimeout
        guard expiredCount < pending.count else { return stall }
        return min(stall, pending[expiredCount].queuedAt + configuration.commandTimeout)
    }

    mutating func open(_ signal: WakeSignal) {
        self.signal = signal
    }

    /// Refuses commands from now on; those in flight are still answered.
    ///
    /// - Returns: The signal, if there was a connection.
    mutating func close(reason: String) -> WakeSignal? {
        self.reason = reason
        return signal.take()
    }

    /// Forgets everything in flight.
    mutating func removeAll() -> [Waiter] {
        defer {
            pending = []
            outgoing = []
            expiredCount = 0
        }
        return pending.compactMap(\.waiter)
    }
}
