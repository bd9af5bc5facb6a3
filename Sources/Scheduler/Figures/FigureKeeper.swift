import Concurrency
import Foundation
import JobCore
import JobStore
import Logging
import Metrics
import Platform
import Postgres
import ServiceLifecycle
import Synchronization
import Telemetry

/// Tells the figures of queues for the whole platform, and writes them down by the minute, if no other scheduler does.
///
/// Who holds an advisory lock does, on a connection of its own: with the connection the lock goes, to another scheduler. What was read is
/// kept and shown to whoever scrapes, however often; when it can be read no more it is shown no more.
struct FigureKeeper: Service {
    /// How long to rest between two looks, at least, and how many times as long as a look takes.
    private static let (interval, restFactor) = (Duration.seconds(5), 20)
    /// The longest rest: below what the server waits for before it ends a silent session.
    private static let longestRest = Duration.seconds(30)
    /// The shortest one, and how long after the end of a minute it is written.
    private static let (shortestRest, afterMinute) = (Duration.milliseconds(500), Duration.milliseconds(50))
    /// How long figures are good for.
    private static let freshness = Duration.seconds(90)
    /// How many backlogs of other queues are looked at in one round.
    private static let backlogs = 2_000
    /// How often queues and schedules are counted.
    private static let countInterval = Duration.seconds(60)

    private let configuration: PostgresConfiguration
    private let logger: Logger
    private let shown = Shown()
    private let holder = Gauge(.figuresHolder)
    private let errors = Counter(.figuresErrors)

    /// Keeps figures in a registry.
    init(configuration: PostgresConfiguration, registry: PrometheusRegistry, logger: Logger) {
        var configuration = configuration
        configuration.sessionSettings = FigureStore.sessionSettings
        configuration.statementTimeout = .seconds(20)
        self.configuration = configuration
        self.logger = logger
        holder.record(0)
        registry.collect(Figures.descriptions) { [shown] in shown.figures(at: .now)?.samples ?? [] }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let connection = try await PostgresConnection.connect(configuration, logger: logger)
                    let result: Result<Void, any Error>
                    do { result = .success(try await keep(on: connection)) } catch { result = .failure(error) }
                    shown.set(nil)
                    holder.record(0)
                    await connection.close()
                    try result.get()
                } catch {
                    if Task.isCancelled { return }
                    errors.increment()
                    logger.warning("the figures of queues cannot be read", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func keep(on connection: PostgresConnection) async throws {
        let store = FigureStore(connection: connection)
        while !(try await store.hold()) { try await Task.sleep(for: Self.interval) }
        holder.record(1)
        logger.info("this scheduler tells the figures of queues")
        var (choice, oldest) = (FigureChoice(), OldestOfOthers())
        var oldestSince: ContinuousClock.Instant?
        var kept = try await store.countWhatIsKept()
        var countedAt = ContinuousClock.now
        while true {
            let start = ContinuousClock.now
            let before = choice.queues
            var look = try await store.look(
                at: before,
                busiest: FigureChoice.limit,
                after: oldest.cursor,
                limit: Self.backlogs,
                oldest: oldestSince?.duration(to: start)
            )
            let read = look.figures
            let told = choice.take(read)
            if before.isEmpty {
                // The first look is made before it is known which queues are told apart.
                look.oldest = try await store.oldest(besides: choice.queues, after: nil, limit: Self.backlogs)
            }
            oldest.found(look.oldest.ageMilliseconds.map { .milliseconds($0) }, next: look.oldest.next, at: .now)
            let ages = told.queues.filter { !$0.status.isPaused }.compactMap(\.status.oldestAgeMilliseconds)
            let age = max(ages.max().map { .milliseconds($0) } ?? .zero, oldest.age(at: .now))
            oldestSince = age > .zero ? .now - age : nil
            if look.isMinuteDue { try await store.closeMinute() }
            if countedAt + Self.countInterval <= .now {
                kept = try await store.countWhatIsKept()
                countedAt = .now
            }
            let took = start.duration(to: .now)
            shown.set(
                Figures(
                    queues: told.queues,
                    others: told.others,
                    ageOfOthers: oldest.age(at: .now),
                    pausedOthers: read.pausedQueues - told.queues.count { $0.status.isPaused },
                    workers: read.workers,
                    kept: kept,
                    took: took,
                    readAt: .now,
                    collectedAt: Date().timeIntervalSince1970
                )
            )
            let rest = min(max(Self.interval, took * Self.restFactor), Self.longestRest)
            // Minutes are written when they end.
            try await Task.sleep(for: max(Self.shortestRest, min(rest, look.leftOfMinute + Self.afterMinute)))
        }
    }

    /// What was read last.
    private final class Shown: Sendable {
        private let latest = Mutex<Figures?>(nil)

        func set(_ figures: Figures?) { latest.withLock { $0 = figures } }

        func figures(at now: ContinuousClock.Instant) -> Figures? {
            latest.withLock { $0.flatMap { $0.readAt + FigureKeeper.freshness > now ? $0 : nil } }
        }
    }
}

/// The figures of one look, and how they are shown.
struct Figures: Sendable {
    static let descriptions: [MetricDescription] = [
        .queueJobs, .queueOldestReadyAge, .queuePaused, .queueDepthLimit, .queueWorkers, .queueSubmittedJobs,
        .queueFinishedJobs, .queueFailedAttempts, .queues, .workers, .schedules, .figuresCollectedTimestamp,
        .figuresCollectionDuration,
    ]

    var queues: [(status: QueueStatus, workers: Int)]
    var others: JobCounts
    var ageOfOthers: Duration
    var pausedOthers: Int
    var workers: Int
    var kept: (queues: Int, activeSchedules: Int, pausedSchedules: Int)
    var took: Duration
    var readAt: ContinuousClock.Instant
    var collectedAt: Double

    var samples: [CollectedSample] {
        var samples = [
            MetricDescription.queues.sample(kept.queues), MetricDescription.workers.sample(workers),
            MetricDescription.schedules.sample(kept.activeSchedules, labels: ["state": "active"]),
            MetricDescription.schedules.sample(kept.pausedSchedules, labels: ["state": "paused"]),
            MetricDescription.figuresCollectedTimestamp.sample(collectedAt),
            MetricDescription.figuresCollectionDuration.sample(took.inSeconds),
        ]
        for (status, workers) in queues {
            let (tenant, queue) = (status.queue.tenant.rawValue, status.queue.queue.rawValue)
            let labels: MetricLabels = ["tenant": tenant, "queue": queue]
            samples += Self.samples(of: status.counts, tenant, queue)
            samples += [
                MetricDescription.queueOldestReadyAge.sample(
                    Double(status.oldestAgeMilliseconds ?? 0) / 1_000,
                    labels: labels
                ),
                MetricDescription.queuePaused.sample(status.isPaused ? 1 : 0, labels: labels),
                MetricDescription.queueWorkers.sample(workers, labels: labels),
            ]
            if let limit = status.maxDepth {
                samples.append(MetricDescription.queueDepthLimit.sample(Double(limit), labels: labels))
            }
        }
        let other = LabelLimits.other
        samples += Self.samples(of: others, other, other)
        samples += [
            MetricDescription.queueOldestReadyAge.sample(
                ageOfOthers.inSeconds,
                labels: ["tenant": other, "queue": other]
            ),
            MetricDescription.queuePaused.sample(max(0, pausedOthers), labels: ["tenant": other, "queue": other]),
        ]
        return samples
    }

    private static func samples(of counts: JobCounts, _ tenant: String, _ queue: String) -> [CollectedSample] {
        let jobs = [
            ("scheduled", counts.scheduled), ("queued", counts.queued), ("running", counts.running),
            ("retrying", counts.retrying), ("dead", counts.dead),
        ].map { state, count in
            MetricDescription.queueJobs.sample(
                Double(count),
                labels: ["tenant": tenant, "queue": queue, "state": state]
            )
        }
        let finished = [("completed", counts.completed), ("cancelled", counts.cancelled), ("dead", counts.died)].map {
            MetricDescription.queueFinishedJobs.sample(
                Double($1),
                labels: ["tenant": tenant, "queue": queue, "state": $0]
            )
        }
        let labels: MetricLabels = ["tenant": tenant, "queue": queue]
        return jobs + finished + [
            MetricDescription.queueSubmittedJobs.sample(Double(counts.submitted), labels: labels),
            MetricDescription.queueFailedAttempts.sample(Double(counts.failed), labels: labels),
        ]
    }
}
