public import Metrics
import Synchronization

/// Counts and times calls through swift-metrics, on a server or a client.
///
/// The counter `grpc_requests_total` of calls that ended, with the dimensions `side` (`server` or `client`), `method` and `code`, and the
/// timer `grpc_request_duration_seconds` without the code.
public struct MetricsInterceptor: ServerInterceptor, ClientInterceptor {
    private let server: CallMeters
    private let client: CallMeters

    /// An interceptor that reports to `factory`, by default the metrics system in force.
    ///
    /// - Parameter prefix: What the names of the metrics begin with.
    public init(prefix: String = "", factory: any MetricsFactory = MetricsSystem.factory) {
        server = CallMeters(side: "server", prefix: prefix, factory: factory)
        client = CallMeters(side: "client", prefix: prefix, factory: factory)
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
        let begin = ContinuousClock.now
        meters.callBegins(descriptor)
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
    private let prefix: String
    private let factory: any MetricsFactory
    private let ended = Mutex<[Key: Meters]>([:])

    /// - Parameters:
    ///   - side: `server` or `client`.
    ///   - prefix: what the names begin with.
    ///   - factory: where the metrics go.
    init(side: String, prefix: String, factory: any MetricsFactory) {
        self.side = side
        self.prefix = prefix
        self.factory = factory
    }

    /// Lets a method be seen from its first call on, however long that takes.
    func callBegins(_ descriptor: MethodDescriptor) {
        _ = meters(of: descriptor, .ok)
    }

    func callEnded(_ descriptor: MethodDescriptor, code: GRPCStatus.Code, after duration: Duration) {
        let meters = meters(of: descriptor, code)
        meters.handled.increment()
        meters.duration.record(duration: duration)
    }

    private func meters(of descriptor: MethodDescriptor, _ code: GRPCStatus.Code) -> Meters {
        ended.withLock { ended in
            let key = Key(descriptor: descriptor, code: code)
            if let meters = ended[key] { return meters }
            let dimensions = [("side", side), ("method", descriptor.fullyQualified)]
            let meters = Meters(
                handled: Counter(
                    label: "\(prefix)grpc_requests_total",
                    dimensions: dimensions + [("code", code.description)],
                    factory: factory
                ),
                duration: Metrics.Timer(
                    label: "\(prefix)grpc_request_duration_seconds",
                    dimensions: dimensions,
                    factory: factory
                )
            )
            ended[key] = meters
            return meters
        }
    }
}
