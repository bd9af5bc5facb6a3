import Concurrency
public import Foundation
public import JobCore
public import Logging
public import Postgres
import Synchronization

/// Tells other processes which jobs this one changed, and of which lines were logged, as long as somebody listens to such events there.
///
/// PostgreSQL carries it, as notifications: where no job can change without it, it is away exactly when there is nothing to tell, and nothing
/// else has to be there. What a process does by itself is told to its own listeners without this.
///
///     deaf     --somebody listens elsewhere-->        telling    (heard of by `listens`, asked for at the start and after each gap)
///     telling  --said to have left, or silent for 25 s--> deaf
///     telling  --more changes than can be sent-->     telling    `lost` instead of them: the tenant's listeners are told that they lag
///     any      --the connection broke and is back-->  unsure     `lost`, of everybody: who listens meanwhile was not heard of
///
/// While deaf a change costs a look at a flag. While telling, the ids go into a set that has a bound, and what gathers while one notification is under
/// way forms the next: no change waits for it. A process that is killed takes with it what it had not sent; that is milliseconds' worth.
public final class ChangeTeller: Sendable {
    private struct State {
        var listeners = DistantListeners()
        var outbox = ChangeOutbox()
    }

    /// How often a job-service says that somebody listens there.
    public static let interval = Duration.seconds(10)
    /// How long it is presumed that everybody's jobs are followed elsewhere: from the start until it is known, and while the answers to asking are
    /// on their way.
    private static let (presumption, answers) = (Duration.seconds(5), Duration.seconds(1))
    /// How long to rest when nothing could be told.
    private static let patience = Duration.seconds(1)

    /// Names this process.
    public let service = UUID()
    private let store: ChangeStore
    private let listener: PostgresListener
    private let logger: Logger
    private let asked: @Sendable () -> Void
    private let state = Mutex(State())
    private let heard = Atomic(false)
    private let filled = Signal()
    private let met = Signal()

    /// Tells through a store.
    ///
    /// - Parameters:
    ///   - listener: Of ``ChangeStore/listeners``.
    ///   - asked: Is told that somebody wants to know who listens here.
    public init(
        store: ChangeStore,
        listener: PostgresListener,
        logger: Logger,
        asked: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.listener = listener
        self.logger = logger
        self.asked = asked
        change { $0.listeners.presume(until: .now + Self.presumption, of: service) }
    }

    /// Whether anybody listens elsewhere. Costs no lock.
    public var isHeard: Bool { heard.load(ordering: .relaxed) }

    /// Says which jobs of a tenant changed, on record already. Never waits.
    public func changed(_ jobs: @autoclosure () -> [JobID], of tenant: @autoclosure () -> TenantName) {
        guard isHeard else { return }
        let (jobs, tenant) = (jobs(), tenant())
        let isNew = state.withLock { state in
            guard state.listeners.hears(tenant) else { return false }
            state.outbox.add(jobs, of: tenant)
            return true
        }
        if isNew { filled.raise() }
    }

    /// Says that lines of a tenant's jobs were logged, on record already. Never waits.
    public func logged(_ lines: @autoclosure () -> [LoggedLines], of tenant: TenantName) {
        guard isHeard else { return }
        let lines = lines()
        let isNew = state.withLock { state in
            guard state.listeners.hearsLogs(tenant) else { return false }
            state.outbox.add(lines, of: tenant)
            return true
        }
        if isNew { filled.raise() }
    }

    /// Says which jobs were queued.
    public func changed(_ announcements: [JobAnnouncement]) {
        guard isHeard, !announcements.isEmpty else { return }
        for (tenant, announcements) in Dictionary(grouping: announcements, by: \.backlog.tenant) {
            changed(announcements.map(\.id), of: tenant)
        }
    }

    /// Says which jobs became dead letters.
    public func changed(_ letters: [DeadLetter]) {
        guard isHeard, !letters.isEmpty else { return }
        for letter in letters { changed([letter.id], of: TenantName(validated: letter.tenant)) }
    }

    /// Says which jobs were cancelled or removed.
    public func changed(_ jobs: JobsByTenant) {
        for (tenant, jobs) in jobs.jobs { changed(jobs, of: tenant) }
    }

    /// Says which jobs are not as they were, as their runs ended.
    public func changed(_ ended: EndedRuns) {
        guard isHeard else { return }
        changed(ended.announcements)
        changed(ended.deaths)
        changed(ended.cancelledJobs)
    }

    /// Goes on until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.send() }
            group.addTask { await self.forget() }
            var isBack = false
            for await event in self.listener {
                switch event {
                case .reconnected:
                    self.change { state in
                        // At the start nothing was missed while everything was told.
                        state.outbox.ask(hasGap: isBack || !state.listeners.isPresumed(at: .now, by: self.service))
                        state.listeners.presume(until: .now + Self.answers, of: self.service)
                    }
                    self.met.raise()
                    isBack = true
                case .notification(let notification):
                    if let notice = ChangeNotice(notification.payload) { self.hear(notice) }
                }
            }
            group.cancelAll()
        }
    }

    private func hear(_ notice: ChangeNotice) {
        guard notice.service != service else { return }
        switch notice {
        case .listens(let audience, let other):
            change { $0.listeners.hear(audience, of: other, at: .now) }
            met.raise()
        case .asks: asked()
        case .changed, .logged, .lost: break
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { state in
            body(&state)
            heard.store(!state.listeners.isEmpty, ordering: .relaxed)
        }
        filled.raise()
    }

    private func send() async {
        while !Task.isCancelled {
            let notices = state.withLock { $0.outbox.take(by: service) }
            guard !notices.isEmpty else {
                await filled.wait()
                continue
            }
            do {
                try await store.announce(notices)
            } catch {
                logger.debug("other processes could not be told what changed", metadata: ["error": "\(error)"])
                state.withLock { $0.outbox.putBack(notices) }
                try? await Task.sleep(for: Self.patience)
            }
        }
    }

    private func forget() async {
        while !Task.isCancelled {
            if let end = state.withLock({ $0.listeners.nextEnd }) {
                await met.wait(atMost: max(.zero, ContinuousClock.now.duration(to: end)))
                change { $0.listeners.forget(before: .now) }
            } else {
                await met.wait()
            }
        }
    }
}

/// Who listens to events at which other job-service, as far as this process has heard. Pure.
struct DistantListeners {
    /// How long one is remembered that says nothing more: some times as long as it is silent at most.
    static let memory = ChangeTeller.interval * 5 / 2

    private var known: [UUID: (audience: ChangeAudience, until: ContinuousClock.Instant)] = [:]

    /// Whether nobody does.
    var isEmpty: Bool { known.isEmpty }

    /// Until when the first of them is remembered; nil when there is none.
    var nextEnd: ContinuousClock.Instant? { known.values.map(\.until).min() }

    /// Whether anybody is told of a tenant's jobs.
    func hears(_ tenant: TenantName) -> Bool { known.values.contains { $0.audience.contains(tenant) } }

    /// Whether anybody is told of the lines that handlers of a tenant's jobs log.
    func hearsLogs(_ tenant: TenantName) -> Bool { known.values.contains { $0.audience.logs.contains(tenant) } }

    /// A job-service says who listens there.
    mutating func hear(_ audience: ChangeAudience, of service: UUID, at now: ContinuousClock.Instant) {
        known[service] = audience.isEmpty ? nil : (audience, now + Self.memory)
    }

    /// Until it is known who listens, it is presumed that everything is followed; it stands under the name of this process.
    mutating func presume(until end: ContinuousClock.Instant, of service: UUID) {
        known[service] = (.everything, end)
    }

    /// Whether that is presumed.
    func isPresumed(at now: ContinuousClock.Instant, by service: UUID) -> Bool {
        known[service].map { $0.until > now } ?? false
    }

    /// Forgets those that have long been silent.
    mutating func forget(before now: ContinuousClock.Instant) {
        known = known.filter { $0.value.until > now }
    }
}

/// What is to be told to other processes, each job and the lines of each run once, and no more than fits. Pure.
///
/// When there is no room, the tenant that has most in it loses that, and its listeners are told so instead: the others' are neither late nor lost for it.
struct ChangeOutbox {
    /// What waits of a tenant.
    private struct Waiting {
        var jobs: Set<JobID> = []
        /// The numbers of the first and last line of each run.
        var lines: [RunKey: ClosedRange<Int>] = [:]

        var count: Int { jobs.count + lines.count }
    }

    /// How many jobs and runs may wait, how many of a tenant are told at a time, and of how many tenants it is remembered that they lost some.
    static let (most, share, mostLost) = (50_000, 2_000, 1_000)

    private var waiting: [TenantName: Waiting] = [:]
    private(set) var count = 0
    private var lost: Set<TenantName> = []
    private var hasLostAll = false
    private var mustAsk = false

    /// Adds jobs of a tenant.
    mutating func add(_ jobs: [JobID], of tenant: TenantName) {
        guard hasRoom(for: jobs.count, of: tenant) else { return }
        for job in jobs where waiting[tenant, default: Waiting()].jobs.insert(job).inserted { count += 1 }
    }

    /// Adds lines of a tenant's jobs. Those of a run that has some already are told with these, and with what lies between.
    mutating func add(_ lines: [LoggedLines], of tenant: TenantName) {
        let lines = lines.filter { $0.first <= $0.last }
        guard hasRoom(for: lines.count, of: tenant) else { return }
        for new in lines {
            let old = waiting[tenant]?.lines[new.run]
            if old == nil { count += 1 }
            let all = min(new.first, old?.lowerBound ?? new.first)...max(new.last, old?.upperBound ?? new.last)
            waiting[tenant, default: Waiting()].lines[new.run] = all
        }
    }

    /// Makes room.
    ///
    /// - Returns: Whether there is something to add, and it is not among what is told as lost.
    private mutating func hasRoom(for number: Int, of tenant: TenantName) -> Bool {
        guard number > 0, !hasLostAll, !lost.contains(tenant) else { return false }
        while count + number > Self.most {
            let fullest = waiting.max { $0.value.count < $1.value.count }
            guard let fullest, fullest.value.count > number + (waiting[tenant]?.count ?? 0) else {
                lose(tenant)
                return false
            }
            lose(fullest.key)
        }
        return true
    }

    /// Somebody is to be asked who listens.
    ///
    /// - Parameter hasGap: Whether nothing was heard for a while, so that who listened meanwhile was told nothing.
    mutating func ask(hasGap: Bool) {
        mustAsk = true
        if hasGap { loseAll() }
    }

    /// What is told next, and not remembered any more; nothing when there is nothing to tell.
    mutating func take(by service: UUID) -> [ChangeNotice] {
        var notices: [ChangeNotice] = []
        if mustAsk { notices.append(.asks(service)) }
        if hasLostAll { notices.append(.lost(nil, by: service)) }
        notices += lost.map { .lost($0, by: service) }
        (mustAsk, hasLostAll, lost) = (false, false, [])
        for tenant in waiting.keys { notices += take(of: tenant, by: service) }
        return notices
    }

    private mutating func take(of tenant: TenantName, by service: UUID) -> [ChangeNotice] {
        guard var left = waiting[tenant] else { return [] }
        let jobs = Array(left.jobs.prefix(Self.share))
        let lines = left.lines.prefix(Self.share).map {
            LoggedLines($0.key, first: $0.value.lowerBound, last: $0.value.upperBound)
        }
        left.jobs.subtract(jobs)
        for told in lines { left.lines[told.run] = nil }
        waiting[tenant] = left.count > 0 ? left : nil
        count -= jobs.count + lines.count
        return (jobs.isEmpty ? [] : [.changed(jobs, of: tenant, by: service)])
            + (lines.isEmpty ? [] : [.logged(lines, of: tenant, by: service)])
    }

    /// What was taken could not be told, or maybe was: whom it concerned has lost it.
    mutating func putBack(_ notices: [ChangeNotice]) {
        for notice in notices {
            switch notice {
            case .asks: mustAsk = true
            case .changed(_, let tenant, _), .logged(_, let tenant, _): lose(tenant)
            case .lost(let tenant?, _): lose(tenant)
            case .lost(nil, _): loseAll()
            case .listens: break
            }
        }
    }

    private mutating func lose(_ tenant: TenantName) {
        count -= waiting.removeValue(forKey: tenant)?.count ?? 0
        lost.insert(tenant)
        if lost.count > Self.mostLost { loseAll() }
    }

    private mutating func loseAll() {
        (waiting, count, lost, hasLostAll) = ([:], 0, [], true)
    }
}
