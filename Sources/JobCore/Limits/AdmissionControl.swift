import Metrics
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

    private let limit: Int
    private let read: @Sendable ([TenantQueue]) async throws -> [TenantQueue: Int]
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>
    private let refused = Counter(label: "qf_jobs_refused_total", dimensions: [("reason", "queue_full")])

    /// Admits jobs to queues.
    ///
    /// - Parameters:
    ///   - limit: The most jobs that may wait in one queue of a tenant.
    ///   - now: The present time.
    ///   - read: How many jobs wait in queues now.
    public init(
        limit: Int,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        read: @escaping @Sendable ([TenantQueue]) async throws -> [TenantQueue: Int]
    ) {
        self.limit = limit
        self.now = now
        self.read = read
        state = Mutex(State(levels: QueueLevels(limit: limit)))
    }

    /// Lets a job pass, which is followed by ``settle(_:isStored:)``. One that waits for its time is not counted until then, and
    /// always passes.
    ///
    /// - Throws: ``QueueFull``.
    public func admit(_ job: NewJob) async throws(QueueFull) {
        guard job.runAt == nil else { return }
        let queue = TenantQueue(tenant: job.tenant, queue: job.queue)
        var decision = decide(queue)
        // The first reading may have begun before workers took what was admitted.
        for _ in 0..<2 {
            guard case .read(let reading) = decision else { break }
            await reading.value
            decision = decide(queue)
        }
        guard case .admitted = decision else {
            refused.increment()
            throw QueueFull(queue: job.queue, limit: limit)
        }
    }

    /// Takes note of what became of a job that was let pass.
    ///
    /// - Parameter isStored: Whether it is on record, or may be.
    public func settle(_ job: NewJob, isStored: Bool) {
        guard job.runAt == nil else { return }
        state.withLock { $0.levels.settle(TenantQueue(tenant: job.tenant, queue: job.queue), isStored: isStored) }
    }

    private func decide(_ queue: TenantQueue) -> Decision {
        let now = now()
        return state.withLock { state in
            let age = state.lastReading.map { $0.duration(to: now) }
            if state.levels.admit(queue) {
                if state.reading == nil, age.map({ $0 >= Self.freshness }) ?? true { startReading(&state) }
                return .admitted
            }
            if let reading = state.reading { return .read(reading) }
            if let age, age < Self.freshnessAtLimit, state.levels.wasReadFull(queue) { return .refused }
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
