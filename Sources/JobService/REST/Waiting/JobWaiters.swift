import Concurrency
import JobCore
import Synchronization

/// Who waits for the end of which job: clients of this process, each with a signal of its own, and other job-services.
///
/// A pure table behind a lock; ``JobWaits`` finds out which jobs have ended. Clients share places (see ``FairPlaces``): whose place is taken
/// away is told how its job stands, as when the time is up.
final class JobWaiters: Sendable {
    /// Somebody who waits. Whoever drops it must have ended it.
    struct Waiter: Sendable {
        /// For which job.
        let job: JobID
        /// Raised when the job has ended.
        let ended = Signal()
        fileprivate let number: UInt64
        fileprivate let holder: FairPlaces.Holder
    }

    private struct State {
        var waiting: [JobID: [UInt64: Signal]] = [:]
        var waiters: [UInt64: Signal] = [:]
        var places = FairPlaces()
        var last: UInt64 = 0
        /// What other job-services wait for, and how long that is remembered.
        var elsewhere: [JobID: ContinuousClock.Instant] = [:]
    }

    /// Half of the connections that a process takes, so that those who wait never keep others out.
    static let limits = FairPlaces.Limits(all: 2_048, tenant: 1_536, principal: 1_024)
    /// How many jobs are remembered for other job-services.
    private static let maxElsewhere = 50_000

    private let state = Mutex(State())
    private let hasAny = Atomic(false)

    /// Whether anybody waits, here or elsewhere. Costs no lock.
    var isAwaited: Bool { hasAny.load(ordering: .acquiring) }

    /// How many wait here.
    var count: Int { state.withLock { $0.waiters.count } }

    /// The jobs that clients of this process wait for.
    var jobs: [JobID] { state.withLock { Array($0.waiting.keys) } }

    /// Begins to wait.
    ///
    /// - Parameter holder: For whom it is counted.
    func begin(_ job: JobID, by holder: FairPlaces.Holder) throws(FairPlaces.Refusal) -> Waiter {
        typealias Begun = (waiter: Waiter, ended: Signal?)
        let result: Result<Begun, FairPlaces.Refusal> = state.withLock { state in
            state.last += 1
            let waiter = Waiter(job: job, number: state.last, holder: holder)
            do throws(FairPlaces.Refusal) {
                let taken = try state.places.take(waiter.number, for: holder, of: Self.limits)
                state.waiting[job, default: [:]][waiter.number] = waiter.ended
                state.waiters[waiter.number] = waiter.ended
                hasAny.store(true, ordering: .releasing)
                return .success((waiter, taken.flatMap { state.waiters[$0] }))
            } catch {
                return .failure(error)
            }
        }
        let begun = try result.get()
        begun.ended?.raise()
        return begun.waiter
    }

    /// Ends a wait, for whatever reason.
    func end(_ waiter: Waiter) {
        state.withLock { state in
            guard state.waiters.removeValue(forKey: waiter.number) != nil else { return }
            state.waiting[waiter.job]?[waiter.number] = nil
            if state.waiting[waiter.job]?.isEmpty == true { state.waiting[waiter.job] = nil }
            state.places.giveBack(waiter.number, of: waiter.holder)
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
        hasAny.store(!state.waiters.isEmpty || !state.elsewhere.isEmpty, ordering: .releasing)
    }
}
