package import Telemetry

/// About what every process depends on.
extension MetricDescription {
    package static let kafkaRecordsDelivered = counter(
        "queueflow_kafka_records_delivered_total",
        help: "Records that Kafka has stored: job, dead_letter.",
        labels: ["kind"]
    )
    package static let kafkaRecordsFailed = counter(
        "queueflow_kafka_records_failed_total",
        help: "Records that did not reach Kafka.",
        labels: ["kind"]
    )
    package static let kafkaErrors = counter(
        "queueflow_kafka_errors_total",
        help: "Errors that the Kafka consumer reported: brokers_down, transport, timed_out, topic, other.",
        labels: ["kind"]
    )
    package static let kafkaConsumerLagRecords = gauge(
        "queueflow_kafka_consumer_lag_records",
        help: "Records of the assigned partitions that were not received yet.",
        labels: ["topic"]
    )
    package static let kafkaConsumerPartitions = gauge(
        "queueflow_kafka_consumer_partitions",
        help: "Partitions that are assigned to this worker.",
        labels: ["topic"]
    )
    package static let postgresConnections = gauge(
        "queueflow_postgres_connections",
        help: "Connections to PostgreSQL: in_use, idle, connecting.",
        labels: ["pool", "state"]
    )
    package static let postgresConnectionsMax = gauge(
        "queueflow_postgres_connections_max",
        help: "How many connections a pool may have.",
        labels: ["pool"]
    )
    package static let postgresWaiters = gauge(
        "queueflow_postgres_waiters",
        help: "Callers that wait for a connection.",
        labels: ["pool"]
    )
    package static let postgresStatementDuration = summary(
        "queueflow_postgres_statement_duration_seconds",
        help: "Round trips of statements by name; of several sent together, as one, the names joined.",
        labels: ["statement"]
    )
    package static let postgresStatementErrors = counter(
        "queueflow_postgres_statement_errors_total",
        help: "Round trips of statements that failed.",
        labels: ["statement"]
    )
    package static let circuitState = gauge(
        "queueflow_circuit_state",
        help: "Circuit breaker: 0 closed, 1 half open, 2 open.",
        labels: ["dependency"]
    )
    package static let circuitOpenings = counter(
        "queueflow_circuit_openings_total",
        help: "Times that a circuit breaker opened.",
        labels: ["dependency"]
    )
    package static let grpcRequests = counter(
        "queueflow_grpc_requests_total",
        help: "Calls that ended, as server or client.",
        labels: ["side", "method", "code"]
    )
    package static let grpcRequestDuration = summary(
        "queueflow_grpc_request_duration_seconds",
        help: "How long calls took; a worker's session is one call.",
        labels: ["side", "method"]
    )
    package static let buildInfo = gauge(
        "queueflow_build_info",
        help: "1; what this process was built from.",
        labels: ["version", "revision", "process"]
    )

    static let ofDependencies = [
        kafkaRecordsDelivered,
        kafkaRecordsFailed,
        kafkaErrors,
        kafkaConsumerLagRecords,
        kafkaConsumerPartitions,
        postgresConnections,
        postgresConnectionsMax,
        postgresWaiters,
        postgresStatementDuration,
        postgresStatementErrors,
        circuitState,
        circuitOpenings,
        grpcRequests,
        grpcRequestDuration,
        buildInfo,
    ]
}
