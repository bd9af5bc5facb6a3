public import JobCore
public import JobStore
import Metrics
import Platform
import Synchronization

/// Refuses jobs for queues in which too many wait already, and of tenants that have too much: jobs that wait, however they came, and bytes.
///
/// How much there is is read now and then, and what was admitted since is added, so that a decision costs no round trip. Before
/// a job is refused it is read anew, unless it was read as full a moment ago: workers may have taken what was admitted. What other
/// job-services admit is seen with the next reading; see ``AdmissionLevels``.
public final class AdmissionControl: Sendable {
    /// How often what is to be read is looked for while there is room, and when there seems to be little or none.
    private static let (freshness, freshnessAtLimit) = (Duration.milliseconds(500), Duration.milliseconds(50))

    private struct State {
        var levels = AdmissionLevels()
        var reading: Task<Void, Never>?
        var lastReading: ContinuousClock.Instant?
    }

    private enum Decision {
        case admitted
        /// There is no room as far as is known, which is to be read anew unless that was just done.
        case refused(any Error, reading: Task<Void, Never>?)
    }

    private let limits: QueueLimits
    private let tenantLimit: @Sendable (TenantLimit, TenantName) -> Int
    private let read: @Sendable ([JobLevel]) async throws -> [JobLevel: Int]
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())
    private let refusedByQueue = Counter(.jobsRefused, [("reason", "queue_full")])
    private let refusedByTenant = Counter(.jobsRefused, [("reason", "tenant_limit")])

    /// Admits jobs.
    ///
    /// - Parameters:
    ///   - limits: The most jobs that may wait in each queue of a tenant.
    ///   - tenantLimit: How much a tenant may have of something.
    ///   - now: The present time.
    ///   - read: How high levels are now.
    public init(
        limits: QueueLimits,
        tenantLimit: @escaping @Sendable (TenantLimit, TenantName) -> Int = { _, _ in .max },
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        read: @escaping @Sendable ([JobLevel]) async throws -> [JobLevel: Int]
    ) {
        self.limits = limits
        self.tenantLimit = tenantLimit
        self.now = now
        self.read = read
    }

    /// Lets jobs pass together, or none of them; followed by ``settle(_:isStored:)``.
    ///
    /// - Throws: ``QueueFull`` when one of their queues has no room for all of its jobs; ``TenantLimitReached``.
    public func admit(_ jobs: [NewJob]) async throws {
        let rises = Self.rises(of: jobs).map { level, count in
            AdmissionLevels.Rise(level: level, count: count, limit: limit(of: level))
        }
        var decision = decide(rises)
        // The first reading may have begun before workers took what was admitted.
        for _ in 0..<2 {
            guard case .refused(_, let reading?) = decision else { break }
            await reading.value
            decision = decide(rises)
        }
        guard case .refused(let error, _) = decision else { return }
        (error is QueueFull ? refusedByQueue : refusedByTenant).increment(by: jobs.count)
        throw error
    }

    /// Takes note of what became of jobs that were let pass together.
    ///
    /// - Parameter isStored: Whether they are on record, or may be.
    public func settle(_ jobs: [NewJob], isStored: Bool) {
        let rises = Self.rises(of: jobs)
        state.withLock { state in
            for (level, count) in rises { state.levels.settle(count, of: level, isStored: isStored) }
        }
    }

    private static func rises(of jobs: [NewJob]) -> [(JobLevel, Int)] {
        if jobs.count == 1 { return JobLevel.raised(by: jobs[0]) }
        var sums: [JobLevel: Int] = [:]
        for job in jobs { for (level, count) in JobLevel.raised(by: job) { sums[level, default: 0] += count } }
        return sums.map { ($0.key, $0.value) }
    }

    private func limit(of level: JobLevel) -> Int {
        switch level {
        case .queue(let queue): limits[queue]
        case .waiting(let tenant): tenantLimit(.waitingJobs, tenant)
        case .bytes(let tenant): tenantLimit(.storedBytes, tenant)
        }
    }

    private func decide(_ rises: [AdmissionLevels.Rise]) -> Decision {
        let now = now()
        return state.withLock { state in
            let (full, height, isNearlyFull) = state.levels.admit(rises)
            guard let full else {
                let freshness = isNearlyFull ? Self.freshnessAtLimit : Self.freshness
                if state.reading == nil, state.lastReading.map({ $0 + freshness <= now }) ?? true {
                    startReading(&state, at: now)
                }
                return .admitted
            }
            let refusal = Self.refusal(full, height: height)
            if let reading = state.reading { return .refused(refusal, reading: reading) }
            if state.levels.wasReadFull(for: full, within: Self.freshnessAtLimit, of: now) {
                return .refused(refusal, reading: nil)
            }
            return .refused(refusal, reading: startReading(&state, at: now))
        }
    }

    private static func refusal(_ rise: AdmissionLevels.Rise, height: Int) -> any Error {
        switch rise.level {
        case .queue(let queue): QueueFull(queue: queue.queue, limit: rise.limit)
        case .waiting: TenantLimitReached(.waitingJobs, maximum: rise.limit, used: height)
        case .bytes: TenantLimitReached(.storedBytes, maximum: rise.limit, used: height)
        }
    }

    @discardableResult
    private func startReading(_ state: inout State, at now: ContinuousClock.Instant) -> Task<Void, Never>? {
        state.lastReading = now
        let levels = state.levels.beginReading(at: now)
        guard !levels.isEmpty else { return nil }
        state.reading = Task {
            let heights = try? await read(levels)
            self.state.withLock { state in
                let now = self.now()
                state.levels.endReading(heights, at: now)
                state.reading = nil
                state.lastReading = now
            }
        }
        return state.reading
    }
}

/// How many jobs may wait in each queue: as many as in any, but for queues that have a limit of their own.
public final class QueueLimits: Sendable {
    private let usual: Int
    private let own = Mutex<[TenantQueue: Int]>([:])

    /// Limits of which no queue has its own yet.
    ///
    /// - Parameter usual: The most jobs that may wait in a queue without a limit of its own.
    public init(usual: Int) {
        self.usual = usual
    }

    /// The most jobs that may wait in a queue.
    public subscript(queue: TenantQueue) -> Int {
        own.withLock { $0[queue] ?? usual }
    }

    /// Takes the limits of the queues that have their own, in place of all that were known.
    public func set(_ limits: [TenantQueue: Int]) {
        own.withLock { $0 = limits }
    }
}
