import CoreMetrics
import GRPC
import Metrics
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct MetricsInterceptorTests {
    /// Keeps what is counted and timed, by label and dimensions.
    private final class Recorder: MetricsFactory {
        private let values = Mutex<[String: [Int64]]>([:])

        subscript(key: String) -> [Int64] { values.withLock { $0[key] ?? [] } }

        func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
            made(label, dimensions)
        }

        func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { made(label, dimensions) }

        func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
            NOOPMetricsHandler.instance
        }

        func destroyCounter(_ handler: any CounterHandler) {}
        func destroyTimer(_ handler: any TimerHandler) {}
        func destroyRecorder(_ handler: any RecorderHandler) {}

        private func made(_ label: String, _ dimensions: [(String, String)]) -> Handler {
            let key = label + dimensions.map { " \($0)=\($1)" }.joined()
            return Handler { value in self.values.withLock { $0[key, default: []].append(value) } }
        }
    }

    private final class Handler: CounterHandler, TimerHandler {
        let note: @Sendable (Int64) -> Void

        init(note: @escaping @Sendable (Int64) -> Void) { self.note = note }

        func increment(by amount: Int64) { note(amount) }
        func reset() {}
        func recordNanoseconds(_ duration: Int64) { note(duration) }
    }

    @Test func callsAreCountedAndTimedByMethodAndStatus() async throws {
        let recorder = Recorder()
        let metrics = MetricsInterceptor(prefix: "x_", factory: recorder)
        let service = ProbeService { _, _, _ in throw GRPCError(code: .notFound, message: "none") }
        try await withServer([service], interceptors: [metrics]) { address in
            try await withClient(address, interceptors: [metrics]) { client in
                for descriptor in [ProbeService.echo, ProbeService.echo, ProbeService.custom] {
                    // How the call ends is what is counted.
                    _ = try? await client.unary(descriptor, ProbeService.message(1), as: ProbeService.Message.self)
                }
            }
        }
        for side in ["server", "client"] {
            let echo = "side=\(side) method=test.Probe/Echo"
            #expect(recorder["x_grpc_requests_total \(echo) code=OK"] == [1, 1])
            #expect(recorder["x_grpc_request_duration_seconds \(echo)"].count == 2)
            let custom = "side=\(side) method=test.Probe/Custom"
            #expect(recorder["x_grpc_requests_total \(custom) code=NOT_FOUND"] == [1])
            #expect(recorder["x_grpc_request_duration_seconds \(custom)"].count == 1)
        }
    }
}
