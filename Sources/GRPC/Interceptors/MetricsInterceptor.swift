public import Metrics
import Synchronization

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

/// The metrics of one side's calls, by method and status.
///
/// Methods are those registered with a server or called by a client, so that the number of series is bounded.
final class CallMeters: Sendable {
    private struct Key: Hashable {
        var descriptor: MethodDescriptor
        var code: GRPCStatus.Code
    }

    private struct Meters {
        var handled: Counter
        var duration: Metrics.Timer
    }

    private let side: String
    private let factory: any MetricsFactory
    private let started = Mutex<[MethodDescriptor: Counter]>([:])
    private let ended = Mutex<[Key: Meters]>([:])

    /// - Parameters:
    ///   - side: `server` or `client`.
    ///   - factory: where the metrics go.
    init(side: String, factory: any MetricsFactory) {
        self.side = side
        self.factory = factory
    }

    func callStarted(_ descriptor: MethodDescriptor) {
        let counter = started.withLock { started in
            if let counter = started[descriptor] { return counter }
            let counter = Counter(
                label: "grpc_\(side)_started_total",
                dimensions: Self.dimensions(descriptor),
                factory: factory
            )
            started[descriptor] = counter
            return counter
        }
        counter.increment()
    }

    func callEnded(_ descriptor: MethodDescriptor, code: GRPCStatus.Code, after duration: Duration) {
        let meters = ended.withLock { ended in
            let key = Key(descriptor: descriptor, code: code)
            if let meters = ended[key] { return meters }
            let dimensions = Self.dimensions(descriptor) + [("grpc_code", code.description)]
            let meters = Meters(
                handled: Counter(label: "grpc_\(side)_handled_total", dimensions: dimensions, factory: factory),
                duration: Metrics.Timer(
                    label: "grpc_\(side)_handling_seconds",
                    dimensions: dimensions,
                    factory: factory
                )
            )
            ended[key] = meters
            return meters
        }
        meters.handled.increment()
        meters.duration.record(duration: duration)
    }

    private static func dimensions(_ descriptor: MethodDescriptor) -> [(String, String)] {
        [("grpc_service", descriptor.service), ("grpc_method", descriptor.method)]
    }
}
