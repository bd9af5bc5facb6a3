public import Metrics

/// Counts and times calls through swift-metrics, on a server or a client.
///
/// Counters `grpc_server_started_total` and `grpc_server_handled_total`, and the timer `grpc_server_handling_seconds`; the same with
/// `client`. Dimensions `grpc_service`, `grpc_method` and, at the end of calls, `grpc_code`.
public struct MetricsInterceptor: ServerInterceptor, ClientInterceptor {
    private let server: CallMeters
    private let client: CallMeters

    /// An interceptor that reports to `factory`, by default the metrics system in force.
    public init(factory: any MetricsFactory = MetricsSystem.factory) {
        server = CallMeters(side: "server", factory: factory)
        client = CallMeters(side: "client", factory: factory)
    }

    /// Counts and times a call.
    public func intercept(context: ServerContext, next: @Sendable () async throws -> Void) async throws {
        try await Self.measure(context.descriptor, with: server, next)
    }

    /// Counts and times a call.
    public func intercept<Result: Sendable>(
        request: ClientRequest,
        next: @Sendable (ClientRequest) async throws -> Result
    ) async throws -> Result {
        try await Self.measure(request.descriptor, with: client) { try await next(request) }
    }

    private static func measure<R>(
        _ descriptor: MethodDescriptor,
        with meters: CallMeters,
        _ body: () async throws -> R
    ) async throws -> R {
        meters.callStarted(descriptor)
        let begin = ContinuousClock.now
        do {
            let result = try await body()
            meters.callEnded(descriptor, code: .ok, after: .now - begin)
            return result
        } catch {
            meters.callEnded(descriptor, code: GRPCError.reported(for: error).code, after: .now - begin)
            throw error
        }
    }
}
