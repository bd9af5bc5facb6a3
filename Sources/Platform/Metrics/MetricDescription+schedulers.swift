package import Telemetry

/// About a scheduler.
extension MetricDescription {
    package static let schedulerLastRoundTimestamp = gauge(
        "queueflow_scheduler_last_round_timestamp_seconds",
        help: "When a duty was last done to its end, in seconds since 1970; 0 before that.",
        labels: ["duty"]
    )
    package static let schedulerRoundDuration = summary(
        "queueflow_scheduler_round_duration_seconds",
        help: "How long rounds of a duty took.",
        labels: ["duty"]
    )
    package static let schedulerRoundFailures = counter(
        "queueflow_scheduler_round_failures_total",
        help: "Rounds of a duty that failed.",
        labels: ["duty"]
    )
    package static let dueJobsQueued = counter(
        "queueflow_due_jobs_queued_total",
        help: "Delayed and retrying jobs whose time had come."
    )
    package static let scheduleFirings = counter(
        "queueflow_schedule_firings_total",
        help:
            "Firings of schedules: fired, dropped as the job before had not ended, skipped as there was no room, missed while no scheduler was there.",
        labels: ["outcome"]
    )
    package static let overdueBacklogs = counter(
        "queueflow_overdue_backlogs_total",
        help: "Backlogs that waited too long and that workers were told of."
    )
    package static let expiredLeases = counter(
        "queueflow_expired_leases_total",
        help: "Workers whose lease ran out."
    )
    package static let lostRuns = counter(
        "queueflow_lost_runs_total",
        help: "Runs that were taken back from workers without a lease: requeued, dead, cancelled.",
        labels: ["outcome"]
    )
    package static let orphanedRuns = counter(
        "queueflow_orphaned_runs_total",
        help: "Those of them that belonged to no worker that is on record."
    )
    package static let unhandledJobs = gauge(
        "queueflow_unhandled_jobs",
        help: "Jobs that wait although no live worker has a handler for their type."
    )
    package static let operationJobs = counter(
        "queueflow_operation_jobs_total",
        help: "Jobs that operations looked at: changed, skipped as their state did not allow it.",
        labels: ["kind", "outcome"]
    )
    package static let operationsEnded = counter(
        "queueflow_operations_ended_total",
        help: "Operations that came to their end, done or failed; those that somebody stopped are not counted.",
        labels: ["kind", "state"]
    )
    package static let removedRows = counter(
        "queueflow_removed_rows_total",
        help: "Rows removed as they were old enough to go.",
        labels: ["table"]
    )

    static let ofSchedulers = [
        schedulerLastRoundTimestamp,
        schedulerRoundDuration,
        schedulerRoundFailures,
        dueJobsQueued,
        scheduleFirings,
        overdueBacklogs,
        expiredLeases,
        lostRuns,
        orphanedRuns,
        unhandledJobs,
        operationJobs,
        operationsEnded,
        removedRows,
    ]
}
