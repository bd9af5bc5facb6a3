import HTTPTypes
import Hummingbird
import Platform
import Telemetry
import Tracing

/// Answers each request within a span, below the one of who asks, by OpenTelemetry's conventions for HTTP. What is done for the request
/// finds its place in the trace in the task's context.
struct TracingMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    /// What balancers and scrapers ask all the time, which nobody wants to see.
    private static let probes: Set<String> = ["/healthz", "/readyz", "/metrics"]

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        let given = request.traceContext
        if given == nil, Self.probes.contains(request.uri.path) { return try await next(request, context) }
        let tracer = InstrumentationSystem.tracer
        if given == nil, tracer is NoOpTracer { return try await next(request, context) }
        let outer = given.map { ServiceContext($0) } ?? .topLevel
        let span = tracer.startSpan(request.method.rawValue, context: outer, ofKind: .server)
        defer { span.end() }
        guard span.isRecording else {
            return try await ServiceContext.withValue(span.context) { try await next(request, context) }
        }
        do {
            let response = try await ServiceContext.withValue(span.context) { try await next(request, context) }
            describe(span, request, context, response.status)
            return response
        } catch {
            describe(span, request, context, nil)
            span.failed(error)
            throw error
        }
    }

    private func describe(
        _ span: any Span,
        _ request: Request,
        _ context: RESTContext,
        _ status: HTTPResponse.Status?
    ) {
        let route = context.endpointPath.flatMap { $0 == RequestMeters.routerUnknown ? nil : $0 }
        if let route { span.operationName = "\(request.method.rawValue) \(route)" }
        span.updateAttributes {
            $0["http.request.method"] = request.method.rawValue
            $0["http.route"] = route
            $0["url.path"] = request.uri.path
            $0["url.scheme"] = request.head.scheme ?? "http"
            $0["server.address"] = request.head.authority
            $0["client.address"] = context.peerAddress
            $0["user_agent.original"] = request.headers[.userAgent]
            $0["network.protocol.version"] = "1.1"
            $0["http.response.status_code"] = status?.code
            $0["queueflow.request_id"] = context.requestID
            if let status, status.code >= 500 { $0["error.type"] = "\(status.code)" }
        }
        if let status, status.code >= 500 { span.setStatus(SpanStatus(code: .error)) }
    }
}
