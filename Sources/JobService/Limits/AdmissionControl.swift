public import JobCore
import Metrics
import Platform
import Synchronization

/// Refuses jobs for queues in which too many wait already.
///
/// How long queues are is read now and then, and what was admitted since is added, so that a decision costs no round trip. Before
/// a job is refused the queue is read anew, unless it was read as full a moment ago: workers may have taken what was admitted.
public final class AdmissionControl: Sendable {
    /// How long a reading is good for while there is room, and when there seems to be none.
    private static let (freshness, freshnessAtLimit) = (Duration.milliseconds(500), Duration.milliseconds(50))

    private struct State {
        var levels: QueueLevels
        var reading: Task<Void, Never>?
        var lastReading: ContinuousClock.Instant?
    }

    private enum Decision {
        case admitted
        case refused
        case read(Task<Void, Never>)
    }

    private let limits: QueueLimits
    private let read: @Sendable ([TenantQueue]) async throws -> [TenantQueue: Int]
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>
    private let refused = Counter(.jobsRefused, [("reason", "queue_full")])

    /// Admits jobs to queues.
    ///
    /// - Parameters:
    ///   - limits: The most jobs that may wait in each queue of a tenant.
    ///   - now: The present time.
    ///   - read: How many jobs wait in queues now.
    public init(
        limits: QueueLimits,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        read: @escaping @Sendable ([TenantQueue]) async throws -> [TenantQueue: Int]
    ) {
        self.limits = limits
        self.now = now
        self.read = read
        state = Mutex(State(levels: QueueLevels()))
    }

    /// Lets a job pass, which is followed by ``settle(_:isStored:)``. One that waits for its time is not counted until then, and
    /// always passes.
    ///
    /// - Throws: ``QueueFull``.
    public func admit(_ job: NewJob) async throws(QueueFull) {
        guard job.runAt == nil else { return }
        try await admit(1, to: TenantQueue(tenant: job.tenant, queue: job.queue))
    }

    /// Lets several jobs pass, or none of them; followed by ``settle(_:isStored:)-([NewJob],_)``.
    ///
    /// - Throws: ``QueueFull`` when one of their queues has no room for all of its jobs.
    public func admit(_ jobs: [NewJob]) async throws(QueueFull) {
        var admitted: [(queue: TenantQueue, count: Int)] = []
        do throws(QueueFull) {
            for (queue, count) in Self.counts(of: jobs) {
                try await admit(count, to: queue)
                admitted.append((queue, count))
            }
        } catch {
            for (queue, count) in admitted { settle(count, of: queue, isStored: false) }
            throw error
        }
    }

    private func admit(_ count: Int, to queue: TenantQueue) async throws(QueueFull) {
        let limit = limits[queue]
        var decision = decide(queue, count, limit)
        // The first reading may have begun before workers took what was admitted.
        for _ in 0..<2 {
            guard case .read(let reading) = decision else { break }
            await reading.value
            decision = decide(queue, count, limit)
        }
        guard case .admitted = decision else {
            refused.increment(by: count)
            throw QueueFull(queue: queue.queue, limit: limit)
        }
    }

    /// Takes note of what became of a job that was let pass.
    ///
    /// - Parameter isStored: Whether it is on record, or may be.
    public func settle(_ job: NewJob, isStored: Bool) {
        guard job.runAt == nil else { return }
        settle(1, of: TenantQueue(tenant: job.tenant, queue: job.queue), isStored: isStored)
    }

    /// Takes note of what became of jobs that were let pass together.
    ///
    /// - Parameter isStored: Whether they are on record, or may be.
    public func settle(_ jobs: [NewJob], isStored: Bool) {
        for (queue, count) in Self.counts(of: jobs) { settle(count, of: queue, isStored: isStored) }
    }

    private func settle(_ count: Int, of queue: TenantQueue, isStored: Bool) {
        state.withLock { $0.levels.settle(count, of: queue, isStored: isStored) }
    }

    /// How many of the jobs are due now in each queue.
    private static func counts(of jobs: [NewJob]) -> [TenantQueue: Int] {
        jobs.reduce(into: [:]) { counts, job in
            if job.runAt == nil { counts[TenantQueue(tenant: job.tenant, queue: job.queue), default: 0] += 1 }
        }
    }

    private func decide(_ queue: TenantQueue, _ count: Int, _ limit: Int) -> Decision {
        let now = now()
        return state.withLock { state in
            let age = state.lastReading.map { $0.duration(to: now) }
            if state.levels.admit(count, to: queue, limit: limit) {
                if state.reading == nil, age.map({ $0 >= Self.freshness }) ?? true { startReading(&state) }
                return .admitted
            }
            if let reading = state.reading { return .read(reading) }
            if let age, age < Self.freshnessAtLimit, state.levels.wasReadFull(queue, for: count, limit: limit) {
                return .refused
            }
            return .read(startReading(&state))
        }
    }

    @discardableResult
    private func startReading(_ state: inout State) -> Task<Void, Never> {
        let queues = state.levels.beginReading()
        let reading = Task {
            let depths = try? await read(queues)
            self.state.withLock { state in
                state.levels.endReading(depths)
                state.reading = nil
                state.lastReading = now()
            }
        }
        state.reading = reading
        return reading
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

/// Too many jobs wait in a queue already; nothing was taken. Try again later.
public struct QueueFull: Error, Hashable, CustomStringConvertible {
    /// Which queue.
    public var queue: QueueName
    /// The most jobs that may wait in it.
    public var limit: Int

    /// Says what to do.
    public var description: String {
        "\(limit) jobs wait in queue '\(queue.rawValue)' already; try again later, or let more workers serve it"
    }
}
