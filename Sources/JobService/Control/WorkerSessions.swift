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
        var isDraining = false

        var isEmpty: Bool { hints.isEmpty && pauses.isEmpty && cancelled.isEmpty && !isDraining }
    }

    fileprivate struct Session {
        var number: UInt64
        var scope: WorkerScope
        var free = 0
        var signal: Signal
    }

    fileprivate struct State {
        /// By whose jobs alone they may be given; nil for everybody's.
        var sessions: [TenantName?: [WorkerID: Session]] = [:]
        var tenants: [WorkerID: TenantName?] = [:]
        /// Kept apart from the sessions, which are looked through while news are added.
        var news: [WorkerID: News] = [:]
        var looks: LookBudget
        var last: UInt64 = 0
        var hasEnded = false

        subscript(_ worker: WorkerID) -> Session? {
            get { tenants[worker].flatMap { sessions[$0]?[worker] } }
            set { if let tenant = tenants[worker] { sessions[tenant]?[worker] = newValue } }
        }

        mutating func remove(_ worker: WorkerID) {
            news[worker] = nil
            guard let tenant = tenants.removeValue(forKey: worker) else { return }
            sessions[tenant]?[worker] = nil
            if sessions[tenant]?.isEmpty == true { sessions[tenant] = nil }
        }
    }

    /// How many sessions with room are told of a backlog: one would do, and the other is there in case it is about to end.
    fileprivate static let told = 2
    /// How much of a kind may wait for one session, and for one of a tenant, which has many; what is more, the sweep tells again.
    private static let (maxNews, maxNewsOfTenant) = (20_000, 2_000)

    private let state: Mutex<State>
    private let now: @Sendable () -> ContinuousClock.Instant

    /// No sessions.
    ///
    /// - Parameters:
    ///   - looks: How many sessions may be looked at on behalf of each tenant: so many at once, and half as many in each second after that.
    ///   - now: The present time.
    init(looks: Int = 100_000, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        state = Mutex(State(looks: LookBudget(burst: Double(looks))))
        self.now = now
    }

    /// How many there are.
    var count: Int { state.withLock { $0.tenants.count } }

    /// Adds a session. A worker's newer session takes the older one's place.
    ///
    /// - Returns: Its number here, and what is raised when there is something to tell; nil when the process is about to end.
    func add(_ worker: WorkerID, scope: WorkerScope) -> (number: UInt64, signal: Signal)? {
        state.withLock { state in
            guard !state.hasEnded else { return nil }
            state.last += 1
            let signal = Signal()
            state[worker]?.signal.raise()
            state.remove(worker)
            state.tenants[worker] = scope.tenant
            let session = Session(number: state.last, scope: scope, signal: signal)
            state.sessions[scope.tenant, default: [:]][worker] = session
            state.news[worker] = News()
            return (state.last, signal)
        }
    }

    /// Removes a session, unless a newer one has taken its place.
    func remove(_ worker: WorkerID, _ number: UInt64) {
        state.withLock { state in
            if state[worker]?.number == number { state.remove(worker) }
        }
    }

    /// Notes how many more runs a worker could take.
    func setFree(_ free: Int, _ worker: WorkerID, _ number: UInt64) {
        state.withLock { state in
            if state[worker]?.number == number { state[worker]?.free = free }
        }
    }

    /// What a session is to be told since the last time; nil when it is over, as the worker has another one or the process ends.
    func takeNews(of worker: WorkerID, _ number: UInt64) -> News? {
        state.withLock { state in
            guard !state.hasEnded, state[worker]?.number == number else { return nil }
            return state.news.updateValue(News(), forKey: worker)
        }
    }

    /// Tells of backlogs those who can run their jobs: some that have room, or else all, so that whoever has room first pulls them.
    ///
    /// Looking through sessions takes time, and a worker may tell of backlogs as often as it likes. So no more than so many looks are
    /// made in a second on behalf of one tenant's backlogs; what is not told then, the sweep tells.
    ///
    /// - Parameter teller: A worker that need not be told, as it said so itself.
    /// - Returns: The backlogs for which nobody here has room.
    func hint(_ hints: [BacklogHint], except teller: WorkerID? = nil) -> [BacklogHint] {
        let now = now()
        var signals: [WorkerID: Signal] = [:]
        let unserved = state.withLock { state in
            hints.filter { hint in
                let tenant = hint.backlog.tenant
                let looks = (state.sessions[nil]?.count ?? 0) + (state.sessions[tenant]?.count ?? 0)
                guard state.looks.take(1 + looks, for: tenant, at: now) else { return false }
                let (free, busy) = state.able(hint.backlog, except: teller)
                for (worker, session) in free.isEmpty ? busy : free {
                    if session.free > 0 { state[worker]?.free -= 1 }
                    let limit = session.scope.tenant == nil ? Self.maxNews : Self.maxNewsOfTenant
                    if state.news[worker]?.note(hint, atMost: limit) ?? false { signals[worker] = session.signal }
                }
                return free.isEmpty
            }
        }
        for signal in signals.values { signal.raise() }
        return unserved
    }

    /// Tells that queues were paused.
    func pause(_ queues: Set<TenantQueue>) {
        let signals = state.withLock { state in
            state.sessions.values.flatMap { sessions in
                sessions.compactMap { worker, session in
                    let paused = queues.filter(session.scope.contains)
                    guard !paused.isEmpty else { return nil as Signal? }
                    state.news[worker]?.pauses.formUnion(paused)
                    return session.signal
                }
            }
        }
        signals.forEach { $0.raise() }
    }

    /// Tells a worker, if its session is with this process, which run is to be stopped.
    func cancel(_ run: CancelledRun) {
        let signal = state.withLock { state in
            guard let session = state[run.worker], state.news[run.worker]?.cancelled.count ?? 0 < Self.maxNews else {
                return nil as Signal?
            }
            state.news[run.worker]?.cancelled.insert(RunKey(job: run.job, run: run.run))
            return session.signal
        }
        signal?.raise()
    }

    /// Tells a worker, if its session is with this process, that it is to end.
    func drain(_ worker: WorkerID) {
        let signal = state.withLock { state in
            state.news[worker]?.isDraining = true
            return state[worker]?.signal
        }
        signal?.raise()
    }

    /// Ends all sessions: workers open theirs with another job-service.
    func end() {
        let signals = state.withLock { state in
            state.hasEnded = true
            return state.sessions.values.flatMap { $0.values.map(\.signal) }
        }
        signals.forEach { $0.raise() }
    }
}

extension WorkerSessions.State {
    fileprivate typealias Able = (worker: WorkerID, session: WorkerSessions.Session)

    /// Who can run a backlog's jobs: the freest that have room, or all, if none has.
    fileprivate func able(_ backlog: Backlog, except teller: WorkerID?) -> (free: [Able], busy: [Able]) {
        var (free, busy): ([Able], [Able]) = ([], [])
        for able in [sessions[nil], sessions[backlog.tenant]] {
            for (worker, session) in able ?? [:] where worker != teller && session.scope.contains(backlog) {
                guard session.free > 0 else {
                    if free.isEmpty { busy.append((worker, session)) }
                    continue
                }
                let place = free.firstIndex { $0.session.free < session.free } ?? free.endIndex
                free.insert((worker, session), at: place)
                if free.count > WorkerSessions.told { free.removeLast() }
            }
        }
        return (free, busy)
    }
}

extension WorkerSessions.News {
    /// Takes in a hint; false when there is no room for it.
    fileprivate mutating func note(_ hint: BacklogHint, atMost limit: Int) -> Bool {
        guard let known = hints[hint.backlog] else {
            guard hints.count < limit else { return false }
            hints[hint.backlog] = hint.since
            return true
        }
        hints[hint.backlog] = min(known, hint.since)
        return true
    }
}

/// What each tenant has spent of the looks that it may cost.
private struct LookBudget {
    private let burst: Double
    private var spent: [TenantName: (looks: Double, at: ContinuousClock.Instant)] = [:]

    init(burst: Double) {
        self.burst = burst
    }

    /// Takes some looks; false when there are none left.
    mutating func take(_ looks: Int, for tenant: TenantName, at now: ContinuousClock.Instant) -> Bool {
        let before = spent[tenant].map { owed($0.looks, since: $0.at, now) } ?? 0
        guard before < burst else { return false }
        if spent.count > 1_000 { spent = spent.filter { owed($0.value.looks, since: $0.value.at, now) > 0 } }
        spent[tenant] = (before + Double(looks), now)
        return true
    }

    /// What was spent and has not come back yet.
    private func owed(_ looks: Double, since: ContinuousClock.Instant, _ now: ContinuousClock.Instant) -> Double {
        max(0, looks - since.duration(to: now).inSeconds * burst / 2)
    }
}
