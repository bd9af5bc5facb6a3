import Metrics
import Synchronization

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
