import JobCore
import Logging
import Metrics
import Postgres

extension TimedDuty {
    /// How many jobs are queued in one statement.
    private static let jobBatch = 2_000

    /// Queues scheduled and retrying jobs when their time has come.
    static func dueJobs(
        timers: TimerStore,
        publisher: JobPublisher,
        listener: PostgresListener,
        logger: Logger
    ) -> TimedDuty {
        let queued = Counter(label: "qf_due_jobs_queued_total")
        return TimedDuty("due jobs", listener: listener, logger: logger) {
            while true {
                let announcements = try await retryingConflicts { try await timers.queueDueJobs(limit: jobBatch) }
                publisher.publish(announcements)
                queued.increment(by: announcements.count)
                if announcements.count < jobBatch { break }
            }
            return try await timers.untilNextDue()
        }
    }
}
