import HTTPTypes
import Hummingbird
import Platform
import ServiceContextModule
import Synchronization
import Telemetry

/// Counts requests and how long their answers took to make.
struct MetricsMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    private let meters: RequestMeters
    private let underWay: PrometheusGauge

    /// Keeps its metrics in a registry.
    init(registry: PrometheusRegistry) {
        meters = RequestMeters(registry: registry)
        underWay = registry.gauge(.httpRequestsInFlight)
    }

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        underWay.increment()
        defer { underWay.decrement() }
        let response = try await next(request, context)
        meters.record(
            method: request.method,
            route: context.endpointPath,
            status: response.status,
            duration: ContinuousClock.now - start,
            trace: ServiceContext.current?.traceContext
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
    private static let routerUnknown = "NotFound"

    private let registry: PrometheusRegistry
    private let meters = Mutex<[Key: Meters]>([:])

    /// Keeps its metrics in a registry.
    init(registry: PrometheusRegistry) {
        self.registry = registry
    }

    /// Counts one answer.
    ///
    /// - Parameters:
    ///   - route: The route's pattern, such as `/jobs/{id}`; nil when there is none.
    ///   - trace: Which trace the request belongs to.
    func record(
        method: HTTPRequest.Method,
        route: String?,
        status: HTTPResponse.Status,
        duration: Duration,
        trace: TraceContext? = nil
    ) {
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
        meters.requests.increment(of: trace)
        meters.duration.observe(duration, of: trace)
    }

    private func make(_ key: Key) -> Meters {
        Meters(
            requests: registry.counter(
                .httpRequests,
                labels: ["method": key.method, "route": key.route, "status": String(key.status)]
            ),
            duration: registry.histogram(.httpRequestDuration, labels: ["route": key.route])
        )
    }
}
