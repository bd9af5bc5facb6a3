package import Telemetry

/// About jobs.
extension MetricDescription {
    package static let jobsSubmitted = counter(
        "queueflow_jobs_submitted_total",
        help: "Jobs stored; by a scheduler, those of schedules.",
        labels: ["type"]
    )
    package static let jobsRefused = counter(
        "queueflow_jobs_refused_total",
        help: "Jobs not taken: queue_full, overloaded.",
        labels: ["reason"]
    )
    package static let submissionBatches = counter(
        "queueflow_submission_batches_total",
        help: "Statements that stored jobs of one or many requests."
    )
    package static let postedItemsLost = counter(
        "queueflow_posted_items_lost_total",
        help: "Things to be told or kept that were dropped, as too many waited."
    )
    package static let idempotentRepeats = counter(
        "queueflow_idempotent_repeats_total",
        help: "Requests that were answered as their first sending was, from redis or postgres.",
        labels: ["answered_by"]
    )
    package static let jobAttempts = counter(
        "queueflow_job_attempts_total",
        help: "Runs that ended, as recorded: completed, failed, timed_out, cancelled, lost, released, snoozed.",
        labels: ["type", "outcome"]
    )
    package static let jobsFinished = counter(
        "queueflow_jobs_finished_total",
        help: "Jobs that ended: completed, cancelled, dead.",
        labels: ["type", "state"]
    )
    package static let jobRetries = counter(
        "queueflow_job_retries_total",
        help: "Jobs that wait for another attempt after one that failed.",
        labels: ["type"]
    )
    package static let jobsDead = counter(
        "queueflow_jobs_dead_total",
        help: "Jobs moved to the dead letters: attempts_exhausted, discarded, unhandled.",
        labels: ["reason"]
    )
    package static let jobWait = histogram(
        "queueflow_job_wait_seconds",
        help: "From a job's being ready to its start; deliberate delays and backoffs are not in it.",
        labels: ["priority"],
        buckets: .jobDuration
    )
    package static let jobRun = histogram(
        "queueflow_job_run_seconds",
        help: "From a run's start to the record of its end, for runs that completed or failed.",
        labels: ["type"],
        buckets: .runDuration
    )
    package static let jobEndToEnd = histogram(
        "queueflow_job_end_to_end_seconds",
        help: "From a job's being created, or due if it was delayed, to its end.",
        labels: ["priority"],
        buckets: .jobDuration
    )
    package static let queueDepthLimitDefault = gauge(
        "queueflow_queue_depth_limit_default",
        help: "How many jobs may wait in a queue without a limit of its own."
    )

    static let ofJobs = [
        jobsSubmitted,
        jobsRefused,
        submissionBatches,
        postedItemsLost,
        idempotentRepeats,
        jobAttempts,
        jobsFinished,
        jobRetries,
        jobsDead,
        jobWait,
        jobRun,
        jobEndToEnd,
        queueDepthLimitDefault,
    ]
}
