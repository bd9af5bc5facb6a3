import JobCore
import JobStore
import Synchronization

/// Who listens to events, each with a line of its own, and how much may wait in it.
final class EventListeners: Sendable {
    private struct Listener {
        /// Whose events; nil means everybody's.
        var tenant: TenantName?
        var lag: EventSubscription.Lag
        var line: AsyncStream<[UInt8]>.Continuation
        var until: ContinuousClock.Instant
        var knowsQueues = false
    }

    private struct State {
        var listeners: [UInt64: Listener] = [:]
        var last: UInt64 = 0
        var isTicking = false
    }

    /// The most listeners, and the events that may wait for one: together they bound the memory.
    static let (maxListeners, maxWaiting) = (256, 512)

    private let state = Mutex(State())
    private let heard = Atomic(false)

    /// Whether anybody listens. Costs no lock.
    var isHeard: Bool { heard.load(ordering: .relaxed) }

    /// Adds a listener, who leaves when its frames are dropped; nil when there are too many.
    ///
    /// - Parameters:
    ///   - tenant: Whose events it gets; nil means everybody's.
    ///   - until: How long it may listen.
    func add(tenant: TenantName?, until: ContinuousClock.Instant) -> EventSubscription? {
        let (stream, line) = AsyncStream.makeStream(
            of: [UInt8].self,
            bufferingPolicy: .bufferingOldest(Self.maxWaiting)
        )
        let subscription = EventSubscription(frames: stream)
        let number: UInt64? = state.withLock { state in
            guard state.listeners.count < Self.maxListeners else { return nil }
            state.last += 1
            state.listeners[state.last] = Listener(tenant: tenant, lag: subscription.lag, line: line, until: until)
            heard.store(true, ordering: .relaxed)
            return state.last
        }
        guard let number else { return nil }
        line.onTermination = { [weak self] _ in self?.remove(number) }
        return subscription
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

    /// Tells how queues stand, all of them to who does not know any yet, and else those that changed.
    func tell(_ queues: [QueueStatus], changed: [QueueStatus]) {
        let lines = state.withLock { state in
            let listeners = state.listeners
            for number in listeners.keys { state.listeners[number]?.knowsQueues = true }
            return listeners.values
        }
        for listener in lines {
            let seen = (listener.knowsQueues ? changed : queues).filter { queue in
                listener.tenant.map { $0 == queue.queue.tenant } ?? true
            }
            if !listener.knowsQueues || !seen.isEmpty { send(EventFrame.queues(seen), to: listener) }
        }
    }

    /// Ends all lines, as events were lost.
    func dropAll() {
        for listener in state.withLock({ Array($0.listeners.values) }) { drop(listener) }
    }

    /// Ends the lines of those whose time is up.
    func endOverdue(at now: ContinuousClock.Instant) {
        for listener in state.withLock({ Array($0.listeners.values) }) where listener.until <= now {
            listener.line.finish()
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
            if let frame = frame(listener.tenant) { send(frame, to: listener) }
        }
    }

    private func send(_ frame: [UInt8], to listener: Listener) {
        if case .dropped = listener.line.yield(frame) { drop(listener) }
    }

    private func drop(_ listener: Listener) {
        listener.lag.note()
        listener.line.finish()
    }

    private func remove(_ number: UInt64) {
        state.withLock { state in
            state.listeners[number] = nil
            heard.store(!state.listeners.isEmpty, ordering: .relaxed)
        }
    }
}

/// One listener's line of server-sent events. Whoever drops it has left.
struct EventSubscription: Sendable {
    /// Notes that events were lost. Held apart from the frames, which must end with their listener.
    final class Lag: Sendable {
        private let flag = Atomic(false)

        /// Whether events were lost.
        var isNoted: Bool { flag.load(ordering: .acquiring) }

        /// Notes that events were lost.
        func note() {
            flag.store(true, ordering: .releasing)
        }
    }

    /// The events as they go over the wire, until the listener falls behind.
    let frames: AsyncStream<[UInt8]>
    /// Whether events were lost, as the listener was too slow or there were more than could be read.
    let lag = Lag()
}
