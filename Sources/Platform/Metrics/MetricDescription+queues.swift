package import Telemetry

/// About queues, as the scheduler that holds the figures tells it.
extension MetricDescription {
    package static let queueJobs = gauge(
        "queueflow_queue_jobs",
        help:
            "Jobs in a queue by state: scheduled, queued (may run now), running, retrying (wait for their backoff), dead.",
        labels: ["tenant", "queue", "state"]
    )
    package static let queueOldestReadyAge = gauge(
        "queueflow_queue_oldest_ready_age_seconds",
        help:
            "How long the oldest job that may run now has waited; 0 when there is none. Of _other, the oldest one's in queues that are not paused.",
        labels: ["tenant", "queue"]
    )
    package static let queuePaused = gauge(
        "queueflow_queue_paused",
        help: "Whether a queue is paused: 1 or 0. Of _other, how many are.",
        labels: ["tenant", "queue"]
    )
    package static let queueDepthLimit = gauge(
        "queueflow_queue_depth_limit",
        help:
            "How many jobs may wait in a queue, where that was set for it; elsewhere queueflow_queue_depth_limit_default holds.",
        labels: ["tenant", "queue"]
    )
    package static let queueWorkers = gauge(
        "queueflow_queue_workers",
        help: "Live workers that serve a queue.",
        labels: ["tenant", "queue"]
    )
    package static let queueSubmittedJobs = counter(
        "queueflow_queue_submitted_jobs_total",
        help: "Jobs that were stored in a queue.",
        labels: ["tenant", "queue"]
    )
    package static let queueFinishedJobs = counter(
        "queueflow_queue_finished_jobs_total",
        help: "Jobs of a queue that ended, by state: completed, cancelled, dead.",
        labels: ["tenant", "queue", "state"]
    )
    package static let queueFailedAttempts = counter(
        "queueflow_queue_failed_attempts_total",
        help: "Attempts at jobs of a queue that failed, timed out or were lost.",
        labels: ["tenant", "queue"]
    )
    package static let queues = gauge(
        "queueflow_queues",
        help: "Queues that jobs were ever in, or that somebody configured."
    )
    package static let workers = gauge(
        "queueflow_workers",
        help: "Workers with a lease."
    )
    package static let schedules = gauge(
        "queueflow_schedules",
        help: "Schedules by state: active, paused.",
        labels: ["state"]
    )
    package static let figuresCollectedTimestamp = gauge(
        "queueflow_figures_collected_timestamp_seconds",
        help: "When the figures of queues were read last, in seconds since 1970."
    )
    package static let figuresCollectionDuration = gauge(
        "queueflow_figures_collection_duration_seconds",
        help: "How long reading the figures of queues took last."
    )
    package static let figuresHolder = gauge(
        "queueflow_figures_holder",
        help: "Whether this scheduler tells the figures of queues: 1 or 0."
    )
    package static let figuresErrors = counter(
        "queueflow_figures_errors_total",
        help: "Times that the figures of queues could not be read."
    )

    static let ofQueues = [
        queueJobs,
        queueOldestReadyAge,
        queuePaused,
        queueDepthLimit,
        queueWorkers,
        queueSubmittedJobs,
        queueFinishedJobs,
        queueFailedAttempts,
        queues,
        workers,
        schedules,
        figuresCollectedTimestamp,
        figuresCollectionDuration,
        figuresHolder,
        figuresErrors,
    ]
}
