import Concurrency
import JobCore
import Synchronization

/// Who waits for the end of which job: clients of this process, each with a signal of its own, and other job-services.
///
/// A pure table behind a lock; ``JobWaits`` finds out which jobs have ended.
final class JobWaiters: Sendable {
    /// Somebody who waits. Whoever drops it must have ended it.
    struct Waiter: Sendable {
        /// For which job.
        let job: JobID
        /// Raised when the job has ended.
        let ended = Signal()
        fileprivate let number: UInt64
        fileprivate let principal: String
    }

    /// Why nobody more may wait.
    enum Refusal: Error, Hashable {
        /// As many wait for one principal as may.
        case principal
        /// As many wait in this process as may.
        case process
    }

    private struct State {
        var waiting: [JobID: [UInt64: Signal]] = [:]
        var byPrincipal: [String: Int] = [:]
        var count = 0
        var last: UInt64 = 0
        /// What other job-services wait for, and how long that is remembered.
        var elsewhere: [JobID: ContinuousClock.Instant] = [:]
    }

    /// Half of the connections that a process takes, so that those who wait never keep others out; and how many one principal may have.
    static let (maxWaiters, maxPerPrincipal) = (2_048, 1_024)
    /// How many jobs are remembered for other job-services.
    private static let maxElsewhere = 50_000

    private let state = Mutex(State())
    private let hasAny = Atomic(false)

    /// Whether anybody waits, here or elsewhere. Costs no lock.
    var isAwaited: Bool { hasAny.load(ordering: .acquiring) }

    /// How many wait here.
    var count: Int { state.withLock { $0.count } }

    /// The jobs that clients of this process wait for.
    var jobs: [JobID] { state.withLock { Array($0.waiting.keys) } }

    /// Begins to wait.
    ///
    /// - Parameter principal: For whom it is counted.
    func begin(_ job: JobID, by principal: String) throws(Refusal) -> Waiter {
        let result: Result<Waiter, Refusal> = state.withLock { state in
            guard state.count < Self.maxWaiters else { return .failure(.process) }
            guard state.byPrincipal[principal, default: 0] < Self.maxPerPrincipal else { return .failure(.principal) }
            state.last += 1
            let waiter = Waiter(job: job, number: state.last, principal: principal)
            state.waiting[job, default: [:]][waiter.number] = waiter.ended
            state.byPrincipal[principal, default: 0] += 1
            state.count += 1
            hasAny.store(true, ordering: .releasing)
            return .success(waiter)
        }
        return try result.get()
    }

    /// Ends a wait, for whatever reason.
    func end(_ waiter: Waiter) {
        state.withLock { state in
            guard state.waiting[waiter.job]?.removeValue(forKey: waiter.number) != nil else { return }
            if state.waiting[waiter.job]?.isEmpty == true { state.waiting[waiter.job] = nil }
            let left = state.byPrincipal[waiter.principal, default: 1] - 1
            state.byPrincipal[waiter.principal] = left > 0 ? left : nil
            state.count -= 1
            note(state)
        }
    }

    /// Another job-service waits for jobs.
    func remember(_ jobs: [JobID], until: ContinuousClock.Instant) {
        state.withLock { state in
            for job in jobs where state.elsewhere.count < Self.maxElsewhere { state.elsewhere[job] = until }
            note(state)
        }
    }

    /// Forgets what other job-services have long ceased to wait for.
    func forget(before now: ContinuousClock.Instant) {
        state.withLock { state in
            guard !state.elsewhere.isEmpty else { return }
            state.elsewhere = state.elsewhere.filter { $0.value > now }
            note(state)
        }
    }

    /// Those of some jobs that somebody waits for, each once.
    func awaited(among jobs: some Sequence<JobID>) -> [JobID] {
        state.withLock { state in
            Array(Set(jobs.filter { state.waiting[$0] != nil || state.elsewhere[$0] != nil }))
        }
    }

    /// Wakes those who wait for jobs, as these have ended.
    ///
    /// - Returns: The jobs that others wait for elsewhere.
    @discardableResult
    func wake(_ jobs: [JobID]) -> [JobID] {
        let (signals, elsewhere) = state.withLock { state in
            let elsewhere = jobs.filter { state.elsewhere.removeValue(forKey: $0) != nil }
            note(state)
            return (jobs.flatMap { state.waiting[$0].map { Array($0.values) } ?? [] }, elsewhere)
        }
        for signal in signals { signal.raise() }
        return elsewhere
    }

    private func note(_ state: State) {
        hasAny.store(state.count > 0 || !state.elsewhere.isEmpty, ordering: .releasing)
    }
}
