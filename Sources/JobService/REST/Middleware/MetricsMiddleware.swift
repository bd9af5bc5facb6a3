import Hummingbird
import Telemetry

/// Counts requests and how long their answers took to make.
struct MetricsMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    private let meters: RequestMeters

    /// Keeps its metrics in a registry.
    init(registry: PrometheusRegistry) {
        meters = RequestMeters(registry: registry)
    }

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        meters.record(
            method: request.method,
            route: context.endpointPath,
            status: response.status,
            duration: ContinuousClock.now - start
        )
        return response
    }
}
