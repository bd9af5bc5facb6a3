import Concurrency
import JobCore
import JobStore
import Synchronization

/// The workers' sessions with this process: what each may be given, how much room it has, and what is to be told to it.
///
/// What waits to be told is kept by what it is about, so a session that is slow to listen costs no more than there are backlogs.
final class WorkerSessions: Sendable {
    /// What a session is to be told.
    struct News: Sendable {
        var hints: [Backlog: Int64] = [:]
        var pauses: Set<TenantQueue> = []
        var cancelled: Set<RunKey> = []

        var isEmpty: Bool { hints.isEmpty && pauses.isEmpty && cancelled.isEmpty }
    }

    fileprivate struct Session {
        var number: UInt64
        var scope: WorkerScope
        var free = 0
        var news = News()
        var signal: Signal
    }

    private struct State {
        var sessions: [WorkerID: Session] = [:]
        var last: UInt64 = 0
        var hasEnded = false
    }

    /// How many sessions with room are told of a backlog: one would do, and the other is there in case it is about to end.
    private static let told = 2
    /// How much of a kind may wait for one session; what is more, the sweep tells again.
    fileprivate static let maxNews = 20_000

    private let state = Mutex(State())

    /// How many there are.
    var count: Int { state.withLock { $0.sessions.count } }

    /// Adds a session. A worker's newer session takes the older one's place.
    ///
    /// - Returns: Its number here, and what is raised when there is something to tell; nil when the process is about to end.
    func add(_ worker: WorkerID, scope: WorkerScope) -> (number: UInt64, signal: Signal)? {
        state.withLock { state in
            guard !state.hasEnded else { return nil }
            state.last += 1
            let signal = Signal()
            state.sessions.updateValue(Session(number: state.last, scope: scope, signal: signal), forKey: worker)?
                .signal.raise()
            return (state.last, signal)
        }
    }

    /// Removes a session, unless a newer one has taken its place.
    func remove(_ worker: WorkerID, _ number: UInt64) {
        state.withLock { state in
            if state.sessions[worker]?.number == number { state.sessions[worker] = nil }
        }
    }

    /// Notes how many more runs a worker could take.
    func setFree(_ free: Int, _ worker: WorkerID, _ number: UInt64) {
        state.withLock { state in
            if state.sessions[worker]?.number == number { state.sessions[worker]?.free = free }
        }
    }

    /// What a session is to be told since the last time; nil when it is over, as the worker has another one or the process ends.
    func takeNews(of worker: WorkerID, _ number: UInt64) -> News? {
        state.withLock { state in
            guard !state.hasEnded, let session = state.sessions[worker], session.number == number else { return nil }
            state.sessions[worker]?.news = News()
            return session.news
        }
    }

    /// Tells of backlogs those who can run their jobs: some that have room, or else all, so that whoever has room first pulls them.
    ///
    /// - Parameter teller: A worker that need not be told, as it said so itself.
    /// - Returns: The backlogs for which nobody here has room.
    func hint(_ hints: [BacklogHint], except teller: WorkerID? = nil) -> [BacklogHint] {
        var signals: [Signal] = []
        let unserved = state.withLock { state in
            hints.filter { hint in
                let able = state.sessions.filter { $0.key != teller && $0.value.scope.contains(hint.backlog) }
                let free = able.filter { $0.value.free > 0 }.sorted { $0.value.free > $1.value.free }.prefix(Self.told)
                for worker in free.isEmpty ? Array(able.keys) : free.map(\.key) {
                    state.sessions[worker]?.free -= 1
                    if state.sessions[worker]?.note(hint) ?? false, let signal = able[worker]?.signal {
                        signals.append(signal)
                    }
                }
                return free.isEmpty
            }
        }
        signals.forEach { $0.raise() }
        return unserved
    }

    /// Tells that queues were paused.
    func pause(_ queues: Set<TenantQueue>) {
        tell { session in
            let paused = queues.filter(session.scope.contains)
            session.news.pauses.formUnion(paused)
            return !paused.isEmpty
        }
    }

    /// Tells a worker, if its session is with this process, which run is to be stopped.
    func cancel(_ run: CancelledRun) {
        let signal = state.withLock { state in
            guard let session = state.sessions[run.worker], session.news.cancelled.count < Self.maxNews else {
                return nil as Signal?
            }
            state.sessions[run.worker]?.news.cancelled.insert(RunKey(job: run.job, run: run.run))
            return session.signal
        }
        signal?.raise()
    }

    /// Ends all sessions: workers open theirs with another job-service.
    func end() {
        let signals = state.withLock { state in
            state.hasEnded = true
            return state.sessions.values.map(\.signal)
        }
        signals.forEach { $0.raise() }
    }

    private func tell(_ change: (inout Session) -> Bool) {
        let signals = state.withLock { state in
            state.sessions.keys.compactMap { worker in
                guard var session = state.sessions[worker], change(&session) else { return nil as Signal? }
                state.sessions[worker] = session
                return session.signal
            }
        }
        signals.forEach { $0.raise() }
    }
}

extension WorkerSessions.Session {
    /// Takes in a hint; false when there is no room for it.
    fileprivate mutating func note(_ hint: BacklogHint) -> Bool {
        guard let known = news.hints[hint.backlog] else {
            guard news.hints.count < WorkerSessions.maxNews else { return false }
            news.hints[hint.backlog] = hint.since
            return true
        }
        news.hints[hint.backlog] = min(known, hint.since)
        return true
    }
}
