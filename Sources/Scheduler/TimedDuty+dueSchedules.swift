import JobCore
import JobStore
import Logging
import Metrics
import Platform
import Postgres

extension TimedDuty {
    /// How many schedules are fired in one transaction: at most 100 times as many jobs.
    private static let scheduleBatch = 100

    /// Fires schedules when their time has come, or when the job that a firing waits for has ended.
    static func dueSchedules(
        schedules: ScheduleStore,
        publisher: JobPublisher,
        changes: ChangeTeller,
        listener: PostgresListener,
        meters: JobMeters,
        logger: Logger
    ) -> TimedDuty {
        let fired = Counter(.scheduleFirings, [("outcome", "fired")])
        let dropped = Counter(.scheduleFirings, [("outcome", "dropped")])
        let missed = Counter(.scheduleFirings, [("outcome", "missed")])
        let skipped = Counter(.scheduleFirings, [("outcome", "skipped")])
        return TimedDuty("due schedules", listener: listener, logger: logger) {
            var next = try await schedules.untilNextDue()
            while let due = next, due <= .zero {
                let round = try await retryingConflicts { try await schedules.fireDue(limit: scheduleBatch) }
                publisher.publish(round.announcements)
                changes.changed(round.announcements)
                fired.increment(by: round.announcements.count)
                dropped.increment(by: round.dropped)
                skipped.increment(by: round.skipped)
                missed.increment(by: round.missed)
                meters.submitted(round.announcements.lazy.map(\.backlog.type))
                for (schedule, error) in round.broken {
                    logger.error(
                        "a schedule cannot be read and was paused",
                        metadata: [
                            "schedule_id": "\(schedule.id)", "name": "\(schedule.definition.name)", "error": "\(error)",
                        ]
                    )
                }
                next = try await schedules.untilNextDue()
                if !round.hasMore { break }
            }
            return next
        }
    }
}
