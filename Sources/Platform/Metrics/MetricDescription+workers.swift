package import Telemetry

/// About a worker.
extension MetricDescription {
    package static let workerSlots = gauge(
        "queueflow_worker_slots",
        help: "How many runs may go on at once."
    )
    package static let workerSlotsUsed = gauge(
        "queueflow_worker_slots_used",
        help: "Slots with a run, or with a handler that does not stop."
    )
    package static let workerRuns = counter(
        "queueflow_worker_runs_total",
        help: "Handlers that ended: success, failure, timeout, stopped, snoozed.",
        labels: ["type", "outcome"]
    )
    package static let workerRun = histogram(
        "queueflow_worker_run_seconds",
        help: "How long handlers took.",
        labels: ["type"],
        buckets: .runDuration
    )
    package static let workerOldestRunAge = gauge(
        "queueflow_worker_oldest_run_age_seconds",
        help: "How long the oldest run has gone on; 0 when none does."
    )
    package static let workerStuckHandlers = gauge(
        "queueflow_worker_stuck_handlers",
        help: "Handlers that did not stop when they were told to."
    )
    package static let workerExchangeRoundTrip = histogram(
        "queueflow_worker_exchange_round_trip_seconds",
        help: "From sending an exchange to its answer.",
        buckets: .latency
    )
    package static let workerRecords = counter(
        "queueflow_worker_records_total",
        help: "Records from Kafka: claimed, dropped for want of room, ignored as none of the worker's.",
        labels: ["outcome"]
    )
    package static let workerPullModeQueues = gauge(
        "queueflow_worker_pull_mode_queues",
        help: "Backlogs that are known to have jobs, to be pulled as slots become free."
    )
    package static let workerLeaseLosses = counter(
        "queueflow_worker_lease_losses_total",
        help: "Times that the lease was lost and the runs were stopped."
    )
    package static let workerOutcomesPending = gauge(
        "queueflow_worker_outcomes_pending",
        help: "Outcomes that are not known to be on record."
    )
    package static let workerDraining = gauge(
        "queueflow_worker_draining",
        help: "Whether the worker takes no more runs, as it is to end: 1 or 0."
    )

    static let ofWorkers = [
        workerSlots,
        workerSlotsUsed,
        workerRuns,
        workerRun,
        workerOldestRunAge,
        workerStuckHandlers,
        workerExchangeRoundTrip,
        workerRecords,
        workerPullModeQueues,
        workerLeaseLosses,
        workerOutcomesPending,
        workerDraining,
    ]
}
