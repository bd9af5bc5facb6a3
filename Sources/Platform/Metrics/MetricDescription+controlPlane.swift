package import Telemetry

/// About the workers' exchanges.
extension MetricDescription {
    package static let workerSessions = gauge(
        "queueflow_worker_sessions",
        help: "Workers with a session at this job-service."
    )
    package static let leaseRenewals = counter(
        "queueflow_lease_renewals_total",
        help: "Heartbeats of workers: renewed, or expired as the lease had run out.",
        labels: ["outcome"]
    )
    package static let exchangeClaims = counter(
        "queueflow_exchange_claims_total",
        help: "Runs that workers asked for by name."
    )
    package static let exchangePulls = counter(
        "queueflow_exchange_pulls_total",
        help: "Backlogs that workers pulled."
    )
    package static let exchangeGrants = counter(
        "queueflow_exchange_grants_total",
        help: "Runs that were granted."
    )
    package static let exchangeOutcomes = counter(
        "queueflow_exchange_outcomes_total",
        help: "Outcomes that workers reported."
    )
    package static let exchangeBatchSize = histogram(
        "queueflow_exchange_batch_size",
        help: "Outcomes, claims and grants that shared a transaction.",
        buckets: .batchSize
    )
    package static let exchangeTransaction = histogram(
        "queueflow_exchange_transaction_seconds",
        help: "How long a transaction of exchanges took.",
        buckets: .latency
    )
    package static let hints = counter(
        "queueflow_hints_total",
        help:
            "Backlogs that workers were told of: dropped by another worker, or told by a sweep or another job-service.",
        labels: ["kind"]
    )

    static let ofControlPlane = [
        workerSessions,
        leaseRenewals,
        exchangeClaims,
        exchangePulls,
        exchangeGrants,
        exchangeOutcomes,
        exchangeBatchSize,
        exchangeTransaction,
        hints,
    ]
}
