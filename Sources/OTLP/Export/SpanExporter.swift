import Concurrency
import GRPC
public import Logging
public import ServiceLifecycle
import SwiftProtobuf
import Synchronization

/// Sends spans to a collector, by OTLP over gRPC, for as long as the process runs, and what is left when it ends: for five seconds at most.
///
/// What the collector says may pass is tried again, with growing waits, as the specification of OTLP has it; the rest is dropped and
/// counted. Only that it begins to fail, and that it works again, is logged.
public struct SpanExporter: Service {
    /// How long it may take to send what is left when the process ends.
    private static let grace = Duration.seconds(5)
    /// The waits between attempts, unless the collector asks for other ones.
    private static let backoff = Backoff(first: .seconds(1), longest: .seconds(5), factor: 1.5, jitter: 0.8...1.2)
    private static let method = MethodDescriptor(
        service: "opentelemetry.proto.collector.trace.v1.TraceService",
        method: "Export"
    )

    private let recorder: SpanRecorder
    private let batching: SpanBatching
    private let encoder: SpanEncoder
    private let options: CallOptions
    private let client: GRPCClient
    private let trouble: Trouble

    /// An exporter.
    ///
    /// - Parameters:
    ///   - configuration: How and where to send.
    ///   - collector: Who takes the spans.
    ///   - recorder: Where they wait.
    ///   - logger: Where trouble is told of.
    /// - Throws: ``GRPCError`` and ``TLSError`` when the collector's address or the certificates cannot be used.
    public init(
        _ configuration: TracingConfiguration,
        to collector: SpanCollector,
        from recorder: SpanRecorder,
        logger: Logger
    ) throws {
        self.recorder = recorder
        batching = configuration.batching
        encoder = SpanEncoder(resource: configuration.resource)
        var metadata = Metadata()
        for (name, value) in collector.headers.sorted(by: { $0.key < $1.key }) {
            metadata.addString(value, forKey: name)
        }
        options = CallOptions(
            timeout: collector.timeout,
            metadata: metadata,
            compression: collector.isCompressed ? .gzip : .identity
        )
        var connection = GRPCClientConfiguration(addresses: [collector.address], tls: collector.tls)
        connection.backoff = Backoff(first: .seconds(1), longest: .seconds(10), factor: 1.6, jitter: 0.8...1.2)
        connection.drainTimeout = .zero
        client = try GRPCClient(configuration: connection, logger: logger)
        trouble = Trouble(logger: logger, collector: collector.address)
    }

    /// Sends until graceful shutdown or cancellation.
    public func run() async throws {
        // Not a child: graceful shutdown must not reach the client before all is sent.
        let connection = Task.detached { [client] in try await client.run() }
        defer { connection.cancel() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !recorder.isEnding, !Task.isCancelled {
                    await recorder.waitUntilDue()
                    await sendAll()
                }
                await sendAll()
            }
            group.addTask {
                try? await gracefulShutdown()
                recorder.end()
                try? await Task.sleep(for: Self.grace)
            }
            await group.next()
            group.cancelAll()
        }
        recorder.lost(recorder.takeAll().count, .shutdown)
    }

    private func sendAll() async {
        while case let batch = recorder.take(), !batch.isEmpty { await send(batch) }
    }

    private func send(_ batch: [RecordedSpan]) async {
        let deadline = ContinuousClock.now + batching.timeout
        let request = encoder.request(batch)
        var backoff = Self.backoff
        while true {
            do {
                let response = try await client.unary(
                    Self.method,
                    request,
                    as: OTLPExportResponse.self,
                    options: options
                )
                let rejected = min(max(0, Int(response.partialSuccess.rejectedSpans)), batch.count)
                recorder.delivered(batch.count - rejected)
                recorder.lost(rejected, .rejected)
                return trouble.passed()
            } catch {
                let wait = (error as? GRPCError).flatMap { ExportRetry.wait(after: $0, usual: backoff.next()) }
                trouble.came(error)
                guard let wait, ContinuousClock.now + wait < deadline, !Task.isCancelled,
                    (try? await Task.sleep(for: wait)) != nil
                else { return recorder.lost(batch.count, Task.isCancelled ? .shutdown : .exportFailed) }
            }
        }
    }
}

/// When what a collector refused is sent again.
///
/// From the specification of OTLP, section "Failures": the codes that are retryable, and `RetryInfo`.
enum ExportRetry {
    private static let retryable: Set<GRPCStatus.Code> = [
        .cancelled, .deadlineExceeded, .aborted, .outOfRange, .unavailable, .dataLoss,
    ]

    /// How long to wait; nil when sending it again is of no use.
    static func wait(after error: GRPCError, usual: Duration) -> Duration? {
        let asked = error.metadata[binaries: "grpc-status-details-bin"].first.flatMap(askedWait)
        if error.code == .resourceExhausted { return asked }
        return retryable.contains(error.code) ? asked ?? usual : nil
    }

    private static func askedWait(_ details: [UInt8]) -> Duration? {
        guard let details = try? OTLPErrorDetails(serializedBytes: details),
            let info = details.details.first(where: { $0.typeURL.hasSuffix("/google.rpc.RetryInfo") }),
            let delay = try? OTLPRetryInfo(serializedBytes: info.value).retryDelay
        else { return nil }
        return .seconds(min(max(0, delay.seconds), 3_600)) + .nanoseconds(Int64(min(max(0, delay.nanos), 999_999_999)))
    }
}

/// Whether spans are delivered: said when it changes.
private final class Trouble: Sendable {
    private let began = Mutex<ContinuousClock.Instant?>(nil)
    private let logger: Logger
    private let collector: String

    init(logger: Logger, collector: String) {
        (self.logger, self.collector) = (logger, collector)
    }

    func came(_ error: any Error) {
        let isNew = began.withLock { began in
            guard began == nil else { return false }
            began = .now
            return true
        }
        guard isNew, !(error is CancellationError) else { return }
        logger.warning(
            "spans are not delivered; those that find no room are dropped",
            metadata: ["collector": "\(collector)", "error": "\(error)"]
        )
    }

    func passed() {
        guard let since = began.withLock({ $0.take() }) else { return }
        logger.notice(
            "spans are delivered again",
            metadata: [
                "collector": "\(collector)", "after_seconds": .stringConvertible(Int((.now - since) / .seconds(1))),
            ]
        )
    }
}
