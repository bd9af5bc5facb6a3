import JobCore
import Telemetry

/// The circuit breakers of a job-service.
struct Circuits: Sendable {
    /// Round what clients wait for: submissions and reading.
    let postgres = CircuitBreaker("postgres")
    /// Round the answers kept for repeated requests.
    let redis = CircuitBreaker("redis")
    /// Round the producer.
    let kafka = CircuitBreaker("kafka", settings: .init(failuresToOpen: 2))

    /// Reports on them. Without Redis and Kafka jobs are still taken, so that those two only warn.
    func addChecks(to readiness: Readiness) async {
        await readiness.addCheck("postgres circuit") { try postgres.check() }
        await readiness.addCheck("redis circuit", isVital: false) { try redis.check() }
        await readiness.addCheck("kafka circuit", isVital: false) { try kafka.check() }
    }
}
