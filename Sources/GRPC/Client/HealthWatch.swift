import Concurrency
import SwiftProtobuf

/// Watches the health of the server at the other end of a connection, for the ``Balancer``.
///
/// From gRPC's "Client-side health checking": a server without a health service counts as healthy.
struct HealthWatch: Sendable {
    let service: String
    let outbox: Outbox
    let configuration: GRPCClientConfiguration
    let balancer: Balancer
    /// Tells the balancer; `nil` for a server that takes calls.
    let report: @Sendable (GRPCError?) -> Void

    /// Reports the server's health whenever it changes, until the task is cancelled.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await watch { failures = 0 }
                failures += 1
            } catch let error as GRPCError where error.code == .unimplemented {
                return report(nil)
            } catch {
                if Task.isCancelled { return }
                failures += 1
                report(notServing("\(error)"))
            }
            // Cancelled while waiting: the loop ends.
            try? await Task.sleep(for: configuration.backoff.delay(afterFailures: failures))
        }
    }

    private func watch(onAnswer: () -> Void) async throws {
        var retry = configuration.retry
        retry.bufferSize = 0
        let call = ClientCall(
            descriptor: .healthWatch,
            options: CallOptions(),
            configuration: configuration.connection,
            retry: retry,
            balancer: balancer
        )
        defer { call.cancel(GRPCError(code: .cancelled, message: "The health is not watched any more.")) }
        let request = Grpc_Health_V1_HealthCheckRequest.with { $0.service = service }
        call.stream.finish(.halfClose, after: try FramedMessage.encode(request, compression: .identity))
        guard outbox.open(call) else { throw GRPCError.connectionLost }
        for try await response in GRPCMessageStream<Grpc_Health_V1_HealthCheckResponse>(call: call.stream) {
            onAnswer()
            report(response.status == .serving ? nil : notServing("\(response.status)"))
        }
    }

    private func notServing(_ detail: String) -> GRPCError {
        GRPCError(code: .unavailable, message: "The server does not take calls for '\(service)': \(detail)")
    }
}
