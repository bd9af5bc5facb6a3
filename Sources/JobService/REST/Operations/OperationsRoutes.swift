import Hummingbird
import JobCore
import Telemetry

/// The calls of operators and load balancers, which need no token.
struct OperationsRoutes: Sendable {
    let jobs: JobReader
    let registry: PrometheusRegistry
    let readiness: Readiness

    func add(to router: some RouterMethods<RESTContext>) {
        router.get("/metrics", use: metrics)
        router.get("/healthz", use: health)
        router.get("/readyz", use: ready)
    }
}
