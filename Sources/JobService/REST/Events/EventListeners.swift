import JobCore
import JobStore
import Synchronization

/// Who listens to events, each with a line of its own, and how much may wait in it.
final class EventListeners: Sendable {
    private struct Listener {
        /// Who it is; it hears of what it may see.
        var caller: Caller
        /// Knows whether it may still listen.
        var revocations: RevocationList
        var line: EventLine
        var until: ContinuousClock.Instant
        var knowsQueues = false

        var audience: TenantName? { caller.principal.visibleTenant }

        /// Whether it may listen no longer.
        func isOver(at now: ContinuousClock.Instant) -> Bool {
            until <= now || caller.credential.isRevoked(by: revocations)
        }
    }

    /// Why nobody more may listen.
    enum Refusal: Error, Hashable {
        /// One account or key has as many streams as it may.
        case principal
        /// All of a tenant together have.
        case tenant
        /// There are as many as may be.
        case process
    }

    private struct State {
        var listeners: [UInt64: Listener] = [:]
        var byPrincipal: [String: Int] = [:]
        var byTenant: [TenantName: Int] = [:]
        var last: UInt64 = 0
        var isTicking = false
    }

    /// The most listeners in all, of one tenant and of one principal. With what may wait for each they bound the memory.
    static let (maxListeners, maxPerTenant, maxPerPrincipal) = (512, 256, 64)

    private let state = Mutex(State())
    private let heard = Atomic(false)

    /// Whether anybody listens. Costs no lock.
    var isHeard: Bool { heard.load(ordering: .relaxed) }

    /// How many there are.
    var count: Int { state.withLock { $0.listeners.count } }

    /// The tenants whose queues are to be told of, each once; nil among them stands for all.
    var audiences: Set<TenantName?> { state.withLock { Set($0.listeners.values.map(\.audience)) } }

    /// Adds a listener, who is counted until its subscription is dropped: what waits for it takes memory as long.
    ///
    /// - Parameters:
    ///   - revocations: Ends it when its credential is among them.
    ///   - until: How long it may listen.
    func add(
        _ caller: Caller,
        revocations: RevocationList,
        until: ContinuousClock.Instant
    ) throws(Refusal) -> EventSubscription {
        let line = EventLine()
        let (principal, tenant) = (caller.principal.subject, caller.principal.tenant)
        let result: Result<UInt64, Refusal> = state.withLock { state in
            guard state.byPrincipal[principal, default: 0] < Self.maxPerPrincipal else { return .failure(.principal) }
            guard state.byTenant[tenant, default: 0] < Self.maxPerTenant else { return .failure(.tenant) }
            guard state.listeners.count < Self.maxListeners else { return .failure(.process) }
            state.last += 1
            state.byPrincipal[principal, default: 0] += 1
            state.byTenant[tenant, default: 0] += 1
            state.listeners[state.last] = Listener(caller: caller, revocations: revocations, line: line, until: until)
            heard.store(true, ordering: .relaxed)
            return .success(state.last)
        }
        let number = try result.get()
        return EventSubscription(line) { [weak self] in self?.remove(number) }
    }

    /// Sends a frame to all.
    func send(_ frame: [UInt8]) {
        deliver { _ in frame }
    }

    /// Tells of jobs those who may see them.
    func tell(_ jobs: [JobSummary]) {
        for job in jobs {
            let frame = EventFrame.job(job)
            deliver { $0.map { $0.rawValue == job.tenant } ?? true ? frame : nil }
        }
    }

    /// Tells of log lines those who may see their job.
    func tell(_ lines: [RunNote.Line], of run: RunKey, tenant: String) {
        let frame = EventFrame.log(lines, of: run, tenant: tenant)
        deliver { $0.map { $0.rawValue == tenant } ?? true ? frame : nil }
    }

    /// Tells an audience how its queues stand, all of them to who does not know any yet, and else those that changed.
    func tell(_ queues: [QueueStatus], changed: [QueueStatus], to audience: TenantName?) {
        let listeners = state.withLock { state in
            let told = state.listeners.filter { $0.value.audience == audience }
            for number in told.keys { state.listeners[number]?.knowsQueues = true }
            return Array(told.values)
        }
        // Written once, however many hear of it.
        let (all, news) = (EventFrame.queues(queues), changed.isEmpty ? nil : EventFrame.queues(changed))
        for listener in listeners {
            if let frame = listener.knowsQueues ? news : all { listener.line.send(frame) }
        }
    }

    /// Ends all lines, as events were lost.
    func dropAll() {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.line.end(.lagged) }
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

    private func deliver(_ frame: (_ tenant: TenantName?) -> [UInt8]?) {
        for listener in state.withLock({ Array($0.listeners.values) }) {
            if let frame = frame(listener.audience) { listener.line.send(frame) }
        }
    }

    private func remove(_ number: UInt64) {
        state.withLock { state in
            guard let listener = state.listeners.removeValue(forKey: number) else { return }
            let (principal, tenant) = (listener.caller.principal.subject, listener.caller.principal.tenant)
            Self.count(&state.byPrincipal, principal)
            Self.count(&state.byTenant, tenant)
            heard.store(!state.listeners.isEmpty, ordering: .relaxed)
        }
    }

    private static func count<Key>(_ counts: inout [Key: Int], _ key: Key) {
        let left = counts[key, default: 1] - 1
        counts[key] = left > 0 ? left : nil
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
    static let (maxFrames, maxBytes) = (512, 256 << 10)

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
