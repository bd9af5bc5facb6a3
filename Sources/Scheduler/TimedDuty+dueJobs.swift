import JobStore
import Logging
import Metrics
import Platform
import Postgres

extension TimedDuty {
    /// How many jobs are queued in one statement, and how many statements run at once when more is due than one takes.
    private static let (jobBatch, lanes) = (2_000, 3)

    /// Queues scheduled and retrying jobs when their time has come.
    static func dueJobs(
        timers: TimerStore,
        publisher: JobPublisher,
        changes: ChangeTeller,
        listener: PostgresListener,
        logger: Logger
    ) -> TimedDuty {
        let queued = Counter(.dueJobsQueued)
        // Whether there may be more, and when the next one is due.
        let queueBatch: @Sendable () async throws -> (isFull: Bool, untilNext: Duration?) = {
            let (announcements, untilNext) = try await retryingConflicts {
                try await timers.queueDueJobs(limit: jobBatch)
            }
            publisher.publish(announcements)
            changes.changed(announcements)
            queued.increment(by: announcements.count)
            return (announcements.count == jobBatch, untilNext)
        }
        return TimedDuty("due jobs", listener: listener, logger: logger) {
            let (isFull, untilNext) = try await queueBatch()
            guard isFull else { return untilNext }
            return try await withThrowingTaskGroup(of: Duration?.self) { group in
                for _ in 0..<lanes {
                    group.addTask {
                        while true {
                            let (isFull, untilNext) = try await queueBatch()
                            if !isFull { return untilNext }
                        }
                    }
                }
                return try await group.reduce(nil as Duration?) { first, next in
                    guard let first, let next else { return first ?? next }
                    return min(first, next)
                }
            }
        }
    }
}
