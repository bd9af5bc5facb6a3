import Concurrency
import DequeModule

/// A connection, and since when it has rested.
struct Rested<Connection: Sendable>: Sendable {
    let connection: Connection
    let since: ContinuousClock.Instant
}

/// The pool's bookkeeping. Pure: each method says what has to be done once the lock is released.
///
/// Connections are idle, busy (lent), or being made. Waiters exist only while nothing is idle.
struct PoolState<Connection: Sendable, Waiter: Sendable>: Sendable {
    struct Waiting: Sendable {
        let id: UInt64
        let deadline: ContinuousClock.Instant
        let waiter: Waiter
    }

    /// What keeps callers from hammering a server that is down.
    private struct Failure {
        let error: PostgresError
        let until: ContinuousClock.Instant
    }

    enum Acquired: Sendable {
        case wait(connect: Bool)
        case lend(Rested<Connection>)
        case refuse(PostgresError)
    }

    enum Released: Sendable {
        case keep
        case lend(to: Waiter)
        case close
    }

    enum Next: Sendable {
        case nothing
        case connect
        case connectLater(Duration)
        case fail([Waiter], PostgresError)
    }

    let size: ClosedRange<Int>
    let maximumWaiting: Int
    /// Oldest use first; the end is lent first, so that what is not needed grows old.
    private(set) var idle: Deque<Rested<Connection>> = []
    private(set) var busyCount = 0
    private(set) var connectingCount = 0
    private(set) var waiting: Deque<Waiting> = []
    private(set) var isClosed = false
    /// When a connection was last found broken; those that have been idle since before are suspect.
    private(set) var lastBreak: ContinuousClock.Instant?
    private var failure: Failure?
    private var backoff = Backoff(first: .milliseconds(50), longest: .seconds(1))
    private var isRetryPlanned = false

    init(size: ClosedRange<Int>, maximumWaiting: Int) {
        self.size = size
        self.maximumWaiting = maximumWaiting
    }

    private var liveCount: Int { idle.count + busyCount }
    private var totalCount: Int { liveCount + connectingCount }

    /// Lends an idle connection if there is one.
    mutating func takeIdle() -> Rested<Connection>? {
        guard let last = idle.popLast() else { return nil }
        busyCount += 1
        return last
    }

    /// Lends a connection, or puts the caller at the end of the queue.
    mutating func acquire(_ caller: Waiting, now: ContinuousClock.Instant) -> Acquired {
        if isClosed { return .refuse(.poolClosed) }
        if let idle = takeIdle() { return .lend(idle) }
        if totalCount == 0, let failure, failure.until > now { return .refuse(failure.error) }
        guard waiting.count < maximumWaiting else { return .refuse(.poolExhausted(maximumWaiting)) }
        waiting.append(caller)
        return .wait(connect: beginConnecting())
    }

    /// Counts a new connection in, if the queue needs one and the size allows it.
    private mutating func beginConnecting() -> Bool {
        guard !isClosed, connectingCount < waiting.count, totalCount < size.upperBound else { return false }
        // One attempt is enough to find out whether a server that was away is back.
        guard failure == nil || connectingCount == 0 else { return false }
        connectingCount += 1
        return true
    }

    /// Counts in the connections that are missing to the minimum.
    mutating func beginFilling(now: ContinuousClock.Instant) -> Int {
        guard !isClosed, failure.map({ $0.until <= now && connectingCount == 0 }) ?? true else { return 0 }
        let missing = min(max(0, size.lowerBound - totalCount), failure == nil ? .max : 1)
        connectingCount += missing
        return missing
    }

    /// - Returns: What becomes of the connection, and how many more to make: the first success after a failure.
    mutating func connected(
        _ connection: Connection,
        now: ContinuousClock.Instant
    ) -> (connection: Released, more: Int) {
        connectingCount -= 1
        failure = nil
        backoff.reset()
        busyCount += 1
        let released = release(connection, now: now)
        var more = 0
        while beginConnecting() { more += 1 }
        return (released, more)
    }

    /// - Parameter jitter: 0 to 1; spreads the attempts of many processes.
    mutating func connectFailed(_ error: PostgresError, now: ContinuousClock.Instant, jitter: Double) -> Next {
        connectingCount -= 1
        failure = Failure(error: error, until: now + backoff.next(at: jitter))
        return serveQueue(now: now)
    }

    /// Takes back a connection that can be used again.
    mutating func release(_ connection: Connection, now: ContinuousClock.Instant) -> Released {
        if let next = waiting.popFirst() { return .lend(to: next.waiter) }
        busyCount -= 1
        if isClosed { return .close }
        idle.append(Rested(connection: connection, since: now))
        return .keep
    }

    /// Takes back a connection that is no more.
    mutating func discard(now: ContinuousClock.Instant) -> Next {
        busyCount -= 1
        lastBreak = now
        return serveQueue(now: now)
    }

    /// A planned attempt is due.
    mutating func retry() -> Bool {
        isRetryPlanned = false
        return beginConnecting()
    }

    /// Sees to it that whoever waits is served or told.
    private mutating func serveQueue(now: ContinuousClock.Instant) -> Next {
        guard !waiting.isEmpty else { return .nothing }
        guard let failure, failure.until > now else { return beginConnecting() ? .connect : .nothing }
        if totalCount == 0 {
            defer { waiting = [] }
            return .fail(waiting.map(\.waiter), failure.error)
        }
        guard !isRetryPlanned else { return .nothing }
        isRetryPlanned = true
        return .connectLater(now.duration(to: failure.until))
    }

    mutating func removeWaiting(_ id: UInt64) -> Waiter? {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return nil }
        return waiting.remove(at: index).waiter
    }

    /// Those who have waited too long; the queue is in the order of deadlines.
    mutating func removeExpired(now: ContinuousClock.Instant) -> [Waiter] {
        var expired: [Waiter] = []
        while let first = waiting.first, first.deadline <= now {
            expired.append(first.waiter)
            waiting.removeFirst()
        }
        return expired
    }

    /// Idle connections above the minimum that nobody has needed for long.
    mutating func removeIdle(since limit: ContinuousClock.Instant) -> [Connection] {
        var removed: [Connection] = []
        while totalCount > size.lowerBound, let first = idle.first, first.since <= limit {
            removed.append(first.connection)
            idle.removeFirst()
        }
        return removed
    }

    /// Lends idle connections that have not been used for long to whoever checks their health.
    mutating func takeIdle(since limit: ContinuousClock.Instant) -> [Connection] {
        var taken: [Connection] = []
        while let first = idle.first, first.since <= limit {
            taken.append(first.connection)
            idle.removeFirst()
            busyCount += 1
        }
        return taken
    }

    mutating func close() -> (idle: [Connection], waiters: [Waiter]) {
        isClosed = true
        defer {
            idle = []
            waiting = []
        }
        return (idle.map(\.connection), waiting.map(\.waiter))
    }
}

extension PostgresError {
    static let poolClosed = PostgresError(
        .poolClosed,
        operation: "take a connection from the pool",
        message: "the pool has been shut down"
    )

    static func poolExhausted(_ limit: Int) -> PostgresError {
        PostgresError(
            .poolExhausted,
            operation: "take a connection from the pool",
            message: "\(limit) callers wait already",
            hint: "Shed load, or raise the pool's maximum size or maximumWaiting."
        )
    }

    static func acquireTimedOut(_ timeout: Duration, _ metrics: PostgresPoolMetrics) -> PostgresError {
        PostgresError(
            .acquireTimedOut,
            operation: "take a connection from the pool",
            message: "none came free within \(timeout) (\(metrics))",
            hint: "Look for long statements in pg_stat_activity, or raise the pool's maximum size."
        )
    }
}
