import JobCore
import Logging
import Metrics
import Postgres

extension TimedDuty {
    /// How many jobs are queued in one statement, and how many statements run at once when more is due than one takes.
    private static let (jobBatch, lanes) = (2_000, 3)

    /// Queues scheduled and retrying jobs when their time has come.
    static func dueJobs(
        timers: TimerStore,
        publisher: JobPublisher,
        listener: PostgresListener,
        logger: Logger
    ) -> TimedDuty {
        let queued = Counter(label: "qf_due_jobs_queued_total")
        // Whether there may be more.
        let queueBatch: @Sendable () async throws -> Bool = {
            let announcements = try await retryingConflicts { try await timers.queueDueJobs(limit: jobBatch) }
            publisher.publish(announcements)
            queued.increment(by: announcements.count)
            return announcements.count == jobBatch
        }
        return TimedDuty("due jobs", listener: listener, logger: logger) {
            if try await queueBatch() {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<lanes {
                        group.addTask { while try await queueBatch() {} }
                    }
                    try await group.waitForAll()
                }
            }
            return try await timers.untilNextDue()
        }
    }
}
