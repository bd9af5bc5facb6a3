import Postgres

/// The SQL about schedules.
extension Statements {
    static let insertSchedule = PostgresStatement("insert_schedule", text(PackageResources.insert_schedule_sql))
    static let findSchedule = PostgresStatement("find_schedule", text(PackageResources.find_schedule_sql))
    static let lockSchedule = PostgresStatement("lock_schedule", text(PackageResources.lock_schedule_sql))
    static let listSchedules = PostgresStatement("list_schedules", text(PackageResources.list_schedules_sql))
    static let replaceSchedule = PostgresStatement("replace_schedule", text(PackageResources.replace_schedule_sql))
    static let pauseSchedule = PostgresStatement("pause_schedule", text(PackageResources.pause_schedule_sql))
    static let deleteSchedule = PostgresStatement("delete_schedule", text(PackageResources.delete_schedule_sql))
    static let announceSchedules = PostgresStatement(
        "announce_schedules",
        text(PackageResources.announce_schedules_sql)
    )
    static let takeDueSchedules = PostgresStatement("take_due_schedules", text(PackageResources.take_due_schedules_sql))
    static let takeFreedSchedules = PostgresStatement(
        "take_freed_schedules",
        text(PackageResources.take_freed_schedules_sql)
    )
    static let unfinishedJobs = PostgresStatement("unfinished_jobs", text(PackageResources.unfinished_jobs_sql))
    static let insertFirings = PostgresStatement("insert_firings", text(PackageResources.insert_firings_sql))
    static let awaitJobs = PostgresStatement("await_jobs", text(PackageResources.await_jobs_sql))
    static let settleSchedules = PostgresStatement("settle_schedules", text(PackageResources.settle_schedules_sql))
    static let nextDueSchedule = PostgresStatement("next_due_schedule", text(PackageResources.next_due_schedule_sql))
    static let deleteOldFirings = PostgresStatement("delete_old_firings", text(PackageResources.delete_old_firings_sql))
}
