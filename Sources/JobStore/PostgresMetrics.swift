import Platform
public import Postgres
public import Telemetry

extension PrometheusRegistry {
    /// Adds the figures of pools, by name, and of the statements that run on them.
    public func collect(_ pools: KeyValuePairs<String, PostgresPool>, _ statistics: PostgresStatistics) {
        let pools = Array(pools)
        collect(
            [
                .postgresConnections, .postgresConnectionsMax, .postgresWaiters, .postgresStatementDuration,
                .postgresStatementErrors,
            ]
        ) {
            pools.flatMap { samples(of: $0.value.metrics, named: $0.key) }
                + statistics.figures.flatMap { samples(of: $0) }
        }
    }
}

private func samples(of pool: PostgresPoolMetrics, named name: String) -> [CollectedSample] {
    func connections(_ state: String, _ count: Int) -> CollectedSample {
        MetricDescription.postgresConnections.sample(count, labels: ["pool": name, "state": state])
    }
    return [
        connections("in_use", pool.busy), connections("idle", pool.idle), connections("connecting", pool.connecting),
        MetricDescription.postgresConnectionsMax.sample(pool.maximum, labels: ["pool": name]),
        MetricDescription.postgresWaiters.sample(pool.waiting, labels: ["pool": name]),
    ]
}

private func samples(of statement: PostgresStatistics.Figures) -> [CollectedSample] {
    let labels: MetricLabels = ["statement": statement.name]
    return [
        MetricDescription.postgresStatementDuration.sample(
            sum: statement.seconds,
            count: statement.count,
            labels: labels
        ),
        MetricDescription.postgresStatementErrors.sample(statement.failures, labels: labels),
    ]
}
