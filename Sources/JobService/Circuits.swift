import JobCore
import Telemetry

/// The circuit breakers of a job-service.
struct Circuits: Sendable {
    /// Round what clients wait for: submissions and reading.
    let postgres = CircuitBreaker("postgres")
    /// Round the answers kept for repeated requests.
    let redis = CircuitBreaker("redis")

    /// Reports on them. Without Redis jobs are still taken, so that it only warns.
    func addChecks(to readiness: Readiness) async {
        await readiness.addCheck("postgres circuit") { try postgres.check() }
        await readiness.addCheck("redis circuit", isVital: false) { try redis.check() }
    }
}
