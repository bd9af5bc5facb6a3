import JobCore
import JobStore
import Synchronization

/// Who listens to events, each with a line of its own, and how much may wait in it. Listeners share places (see ``FairPlaces``): the stream
/// whose place is taken away ends.
final class EventListeners: Sendable {
    private struct Listener {
        /// Who it is; it hears of what it may see.
        var caller: Caller
        /// Knows whether it may still listen.
        var revocations: RevocationList
        var line: EventLine
        /// What it wants to be told.
        var filter: EventFilter
        var until: ContinuousClock.Instant
        var knowsQueues = false

        var audience: TenantName? { caller.principal.visibleTenant }

        /// Whether it may listen no longer.
        func isOver(at now: ContinuousClock.Instant) -> Bool {
            until <= now || caller.credential.isRevoked(by: revocations) || caller.isClosed(by: revocations)
        }
    }

    private struct State {
        var listeners: [UInt64: Listener] = [:]
        /// Those who follow each tenant's jobs alone, and for nil those who follow everybody's.
        var followers: [TenantName?: Set<UInt64>] = [:]
        /// Those of them who want to be told what handlers log.
        var readers: [TenantName?: Set<UInt64>] = [:]
        /// The same of those who want to be told of queues.
        var watchers: [TenantName?: Set<UInt64>] = [:]
        /// And of those who want to be told of operations.
        var overseers: [TenantName?: Set<UInt64>] = [:]
        var places = FairPlaces()
        var last: UInt64 = 0
        var isTicking = false
    }

    /// The most listeners in all and of one principal. With what may wait for each they bound the memory.
    static let (maxListeners, maxPerPrincipal) = (512, 64)
    /// How many may take memory still although their places are another's.
    static let maxLeaving = 64

    private let state = Mutex(State())
    private let heard = Atomic(false)
    private let changed: @Sendable () -> Void

    /// Nobody listens yet.
    ///
    /// - Parameter changed: Is told that somebody came or left.
    init(changed: @escaping @Sendable () -> Void = {}) {
        self.changed = changed
    }

    /// Whether anybody follows jobs. Costs no lock.
    var isHeard: Bool { heard.load(ordering: .relaxed) }

    /// How many there are.
    var count: Int { state.withLock { $0.listeners.count } }

    /// The tenants whose queues are to be told of, each once; nil among them stands for all.
    var audiences: Set<TenantName?> { state.withLock { Set($0.watchers.keys) } }

    /// Whether anybody wants to be told of operations.
    var hasOverseers: Bool { state.withLock { !$0.overseers.isEmpty } }

    /// Whose jobs are followed, and of whose what handlers log.
    var audience: ChangeAudience {
        let (followed, read) = state.withLock { (Set($0.followers.keys), Set($0.readers.keys)) }
        return ChangeAudience(jobs: TenantSelection(followed), logs: TenantSelection(read))
    }

    /// Whether anybody hears of a tenant's jobs.
    func hears(_ tenant: TenantName) -> Bool {
        state.withLock { $0.followers[nil] != nil || $0.followers[tenant] != nil }
    }

    /// Whether anybody is told what handlers of a tenant's jobs log.
    func hearsLogs(_ tenant: TenantName) -> Bool {
        state.withLock { $0.readers[nil] != nil || $0.readers[tenant] != nil }
    }

    /// Adds a listener, who is counted until its subscription is dropped: what waits for it takes memory as long.
    ///
    /// - Parameters:
    ///   - revocations: Ends it when its credential is among them.
    ///   - filter: What it wants to be told.
    ///   - until: How long it may listen.
    ///   - mostOfTenant: How many streams its tenant may have.
    func add(
        _ caller: Caller,
        revocations: RevocationList,
        filter: EventFilter = EventFilter(),
        until: ContinuousClock.Instant,
        mostOfTenant: Int
    ) throws(FairPlaces.Refusal) -> EventSubscription {
        let line = EventLine()
        let listener = Listener(caller: caller, revocations: revocations, line: line, filter: filter, until: until)
        let limits = FairPlaces.Limits(all: Self.maxListeners, tenant: mostOfTenant, principal: Self.maxPerPrincipal)
        typealias Added = (number: UInt64, ended: EventLine?)
        let result: Result<Added, FairPlaces.Refusal> = state.withLock { state in
            guard state.listeners.count < Self.maxListeners + Self.maxLeaving else { return .failure(.process) }
            state.last += 1
            do throws(FairPlaces.Refusal) {
                let taken = try state.places.take(state.last, for: caller.holder, of: limits)
                state.listeners[state.last] = listener
                if filter.followsJobs { state.followers[listener.audience, default: []].insert(state.last) }
                if filter.kinds.contains(.log) { state.readers[listener.audience, default: []].insert(state.last) }
                if filter.kinds.contains(.operation) {
                    state.overseers[listener.audience, default: []].insert(state.last)
                }
                if filter.kinds.contains(.queues) { state.watchers[listener.audience, default: []].insert(state.last) }
                heard.store(!state.followers.isEmpty, ordering: .relaxed)
                return .success((state.last, taken.flatMap { state.listeners[$0]?.line }))
            } catch {
                return .failure(error)
            }
        }
        let added = try result.get()
        added.ended?.end(.over)
        changed()
        return EventSubscription(line) { [weak self] in self?.remove(added.number) }
    }

    /// Sends a frame to all.
    func send(_ frame: [UInt8]) {
        for line in state.withLock({ $0.listeners.values.map(\.line) }) { line.send(frame) }
    }

    /// Tells of jobs those who may see them.
    func tell(_ jobs: [JobSummary]) {
        for (tenant, jobs) in Dictionary(grouping: jobs, by: \.tenant) {
            let listeners = followers(of: TenantName(validated: tenant))
            guard !listeners.isEmpty else { continue }
            for job in jobs {
                let lines = listeners.lazy.filter { $0.filter.admits(job) }.map(\.line)
                guard !lines.isEmpty else { continue }
                let frame = EventFrame.job(job)
                for line in lines { line.send(frame) }
            }
        }
    }

    /// Tells of jobs that were removed, of which nothing but the tenant is known any more, those who follow its jobs, of whatever queue and type.
    func tellRemoved(_ jobs: [TenantName: Set<JobID>]) {
        for (tenant, jobs) in jobs {
            let lines = followers(of: tenant).filter { $0.filter.kinds.contains(.job) }.map(\.line)
            guard !lines.isEmpty else { continue }
            for job in jobs {
                let frame = EventFrame.removed(job, of: tenant)
                for line in lines { line.send(frame) }
            }
        }
    }

    /// Tells of log lines those who may see their job.
    func tell(_ logged: [RunNote.Line], of run: RunKey, tenant: TenantName) {
        let lines = followers(of: tenant).filter { $0.filter.kinds.contains(.log) }.map(\.line)
        guard !lines.isEmpty else { return }
        let frame = EventFrame.log(logged, of: run, tenant: tenant.rawValue)
        for line in lines { line.send(frame) }
    }

    /// Tells an audience how its queues stand, all of them to who does not know any yet, and else those that changed.
    func tell(_ queues: [QueueStatus], changed: [QueueStatus], to audience: TenantName?) {
        let listeners = state.withLock { state in
            let told = (state.watchers[audience] ?? []).compactMap { state.listeners[$0] }
            for number in state.watchers[audience] ?? [] { state.listeners[number]?.knowsQueues = true }
            return told
        }
        // Written once, however many hear of it.
        let (all, news) = (EventFrame.queues(queues), changed.isEmpty ? nil : EventFrame.queues(changed))
        for listener in listeners {
            if let frame = listener.knowsQueues ? news : all { listener.line.send(frame) }
        }
    }

    /// Tells of an operation those who may see it: who sees its tenant's jobs, or everybody's where it is about these.
    func tell(_ operation: ToldOperation) {
        let lines = state.withLock { state in
            Set([operation.tenant, nil]).flatMap { state.overseers[$0] ?? [] }.compactMap { state.listeners[$0]?.line }
        }
        guard !lines.isEmpty else { return }
        let frame = EventFrame.operation(operation)
        for line in lines { line.send(frame) }
    }

    /// Ends the lines of those who follow a tenant's jobs, or anybody's when that is nil, as events of these were lost.
    func drop(_ tenant: TenantName?) {
        let dropped =
            tenant.map { followers(of: $0) }
            ?? state.withLock { state in
                state.listeners.values.filter(\.filter.followsJobs)
            }
        for listener in dropped { listener.line.end(.lagged) }
    }

    /// Ends the lines of those who may listen no longer: their time is up, or what they proved themselves by is good no more.
    func endOverdue(at now: ContinuousClock.Instant) {
        for listener in state.withLock({ Array($0.listeners.values) }) where listener.isOver(at: now) {
            listener.line.end(.over)
        }
    }

    /// Says that the ticker is to run; false when it does.
    func beginTicking() -> Bool {
        state.withLock { state in
            defer { state.isTicking = true }
            return !state.isTicking
        }
    }

    /// Whether the ticker is to go on, as somebody listens. When it is not, another one may begin.
    func keepsTicking() -> Bool {
        state.withLock { state in
            state.isTicking = !state.listeners.isEmpty
            return state.isTicking
        }
    }

    /// Those who follow a tenant's jobs.
    private func followers(of tenant: TenantName) -> [Listener] {
        state.withLock { state in
            [tenant, nil].flatMap { (state.followers[$0] ?? []).compactMap { state.listeners[$0] } }
        }
    }

    private func remove(_ number: UInt64) {
        state.withLock { state in
            guard let listener = state.listeners.removeValue(forKey: number) else { return }
            state.places.giveBack(number, of: listener.caller.holder)
            for list in [\State.followers, \State.readers, \State.watchers, \State.overseers] {
                state[keyPath: list][listener.audience]?.remove(number)
                if state[keyPath: list][listener.audience]?.isEmpty == true {
                    state[keyPath: list][listener.audience] = nil
                }
            }
            heard.store(!state.followers.isEmpty, ordering: .relaxed)
        }
        changed()
    }
}

/// The frames that wait for one listener, so many and so many bytes at most.
final class EventLine: Sendable {
    /// Why a line ended.
    enum Ending: UInt8, AtomicRepresentable {
        /// It has not.
        case none
        /// Events were lost, as the listener was too slow or there were more than could be read. It is told so after what waits.
        case lagged
        /// The listener may hear nothing more, not even what waits.
        case over
    }

    /// The most frames, and bytes of them, that may wait. A single frame may have more.
    static let (maxFrames, maxBytes) = (1_024, 256 << 10)

    private let stream: AsyncStream<[UInt8]>
    private let continuation: AsyncStream<[UInt8]>.Continuation
    private let bytes = Atomic(0)
    private let state = Atomic(Ending.none)

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maxFrames))
    }

    /// Why it ended.
    var ending: Ending { state.load(ordering: .acquiring) }

    /// Adds a frame, unless the listener is too far behind: then the line ends.
    func send(_ frame: [UInt8]) {
        guard ending == .none else { return }
        let waiting = bytes.add(frame.count, ordering: .relaxed).oldValue
        if waiting > 0, waiting + frame.count > Self.maxBytes { return end(.lagged) }
        if case .dropped = continuation.yield(frame) { end(.lagged) }
    }

    /// Ends it. The first reason counts, unless the last is that nothing more may be heard.
    func end(_ reason: Ending) {
        if reason == .over {
            state.store(.over, ordering: .releasing)
        } else {
            _ = state.compareExchange(expected: .none, desired: reason, ordering: .acquiringAndReleasing)
        }
        continuation.finish()
    }

    /// The frames, of which each that is taken makes room; until the line ends.
    fileprivate var frames: AsyncPrefixWhileSequence<AsyncStream<[UInt8]>> {
        stream.prefix { [self] frame in
            bytes.subtract(frame.count, ordering: .relaxed)
            return ending != .over
        }
    }
}

/// One listener's line of server-sent events. Whoever drops it has left.
final class EventSubscription: Sendable {
    /// The events as they go over the wire, until the listener falls behind or may hear no more.
    let frames: AsyncPrefixWhileSequence<AsyncStream<[UInt8]>>
    private let line: EventLine
    private let leave: @Sendable () -> Void

    fileprivate init(_ line: EventLine, leave: @escaping @Sendable () -> Void) {
        frames = line.frames
        self.line = line
        self.leave = leave
    }

    deinit { leave() }

    /// Whether events were lost.
    var hasLagged: Bool { line.ending == .lagged }
}
