import HTTPTypes
import Hummingbird
import Synchronization
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

/// The metrics of answered requests, each made once and found by method, route and status.
final class RequestMeters: Sendable {
    private struct Key: Hashable {
        var method: String
        var route: String
        var status: Int
    }

    private struct Meters: Sendable {
        var requests: PrometheusCounter
        var duration: PrometheusHistogram
    }

    /// What stands for a path that is no route, as clients may make up any number of them, and for its method.
    private static let unknown = "none"
    /// What the router calls a request without a route.
    static let routerUnknown = "NotFound"

    private let registry: PrometheusRegistry
    private let meters = Mutex<[Key: Meters]>([:])

    /// Keeps its metrics in a registry.
    init(registry: PrometheusRegistry) {
        self.registry = registry
    }

    /// Counts one answer.
    ///
    /// - Parameter route: The route's pattern, such as `/jobs/{id}`; nil when there is none.
    func record(method: HTTPRequest.Method, route: String?, status: HTTPResponse.Status, duration: Duration) {
        let key =
            if let route, route != Self.routerUnknown {
                Key(method: method.rawValue, route: route, status: status.code)
            } else {
                Key(method: Self.unknown, route: Self.unknown, status: status.code)
            }
        let meters = meters.withLock { meters in
            if let known = meters[key] { return known }
            let made = make(key)
            meters[key] = made
            return made
        }
        meters.requests.increment()
        meters.duration.observe(duration)
    }

    private func make(_ key: Key) -> Meters {
        Meters(
            requests: registry.counter(
                "qf_http_requests_total",
                help: "Requests answered by the REST API.",
                labels: ["method": key.method, "route": key.route, "status": String(key.status)]
            ),
            duration: registry.histogram(
                "qf_http_request_duration_seconds",
                help: "How long the REST API took to answer a request.",
                buckets: .latency,
                labels: ["method": key.method, "route": key.route]
            )
        )
    }
}
