import Foundation
import GRPC
import Logging
import ServiceLifecycle
import SwiftProtobuf
import Telemetry
import TestSupport
import Testing
import Tracing

@testable import OTLP

/// The exporter with a collector of OpenTelemetry's own messages at the other end.
@Suite(.timeLimit(.minutes(2))) struct SpanExporterTests {
    private let registry = PrometheusRegistry()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let file = FileManager.default.temporaryDirectory.appending(path: "spans-\(UUID().uuidString)")

    private func counter(_ name: String) async -> Int {
        let text = String(decoding: await registry.exposition(.prometheus), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) } ?? 0
    }

    private var received: [[String: Any]] {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
        }
    }

    /// Runs an exporter while the body makes spans, and ends it in order.
    ///
    /// - Returns: How long ending it took.
    @discardableResult
    private func export(
        to collector: SpanCollector,
        batching: SpanBatching = SpanBatching(delay: .milliseconds(20)),
        _ body: (SpanTracer, SpanRecorder) async throws -> Void
    ) async throws -> Duration {
        let recorder = SpanRecorder(batching: batching, factory: registry)
        let configuration = TracingConfiguration(resource: ["service.name": "tested"], batching: batching)
        let exporter = try SpanExporter(configuration, to: collector, from: recorder, logger: logger)
        let group = ServiceGroup(configuration: .init(services: [exporter], logger: logger))
        return try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            try await body(SpanTracer(recorder: recorder), recorder)
            let start = ContinuousClock.now
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return .now - start
        }
    }

    @Test func whatIsSaidOfASpanArrives() async throws {
        let python = try Python()
        _ = try await python.with("otlp_collector.py", [file.path]) { port in
            try await export(to: SpanCollector(address: "127.0.0.1:\(port)")) { tracer, _ in
                let parent = tracer.startSpan("outer", context: .topLevel, ofKind: .server)
                let span = tracer.startSpan("inner", context: parent.context, ofKind: .client)
                span.updateAttributes {
                    $0["text"] = "a"
                    $0["number"] = 7
                    $0["fraction"] = 0.5
                    $0["flag"] = true
                    $0["list"] = ["a", "b"]
                    $0["long"] = String(repeating: "x", count: 10_000)
                }
                span.addLink(SpanLink(context: parent.context, attributes: [:]))
                span.recordError(NotThere())
                span.setStatus(SpanStatus(code: .error, message: "not there"))
                span.end()
                parent.end()
            }
        }
        let spans = received
        #expect(spans.map { $0["name"] as? String } == ["inner", "outer"])
        let (inner, outer) = (try #require(spans.first), try #require(spans.last))
        #expect(inner["trace"] as? String == outer["trace"] as? String)
        #expect(inner["parent"] as? String == outer["id"] as? String && outer["parent"] as? String == "")
        #expect((inner["kind"] as? String, outer["kind"] as? String) == ("client", "server"))
        #expect(inner["service"] as? String == "tested")
        #expect(inner["schema"] as? String == "https://opentelemetry.io/schemas/1.44.0")
        #expect(inner["status"] as? Int == 2 && inner["message"] as? String == "not there")
        #expect(inner["events"] as? [String] == ["exception"])
        #expect((inner["links"] as? [[String: String]])?.first?["id"] == outer["id"] as? String)
        let said = try #require(inner["attributes"] as? [String: Any])
        #expect(said["text"] as? String == "a" && said["number"] as? Int == 7 && said["fraction"] as? Double == 0.5)
        #expect(said["flag"] as? Bool == true && said["list"] as? [String] == ["a", "b"])
        #expect((said["long"] as? String)?.count == RecordedSpan.maxTextBytes)
        #expect((inner["start"] as? UInt64 ?? 0) <= (inner["end"] as? UInt64 ?? 0))
        #expect(await counter("queueflow_spans_exported_total") == 2)
    }

    private struct NotThere: Error {}

    /// More than fits in a batch, refused twice with the wait that is asked for, with TLS, a header and compression.
    @Test func whatIsRefusedForNowIsSentAgain() async throws {
        let certificates = try Certificate()
        let arguments = [
            file.path, "--refuse", "2", "--certificate", certificates.certificate, "--key", certificates.key,
            "--header", "x-token=a secret",
        ]
        _ = try await Python().with("otlp_collector.py", arguments) { port in
            let collector = SpanCollector(
                address: "localhost:\(port)",
                tls: ClientTLS(trustRoots: .file(certificates.certificate)),
                headers: ["x-token": "a secret"],
                isCompressed: true
            )
            let batching = SpanBatching(delay: .milliseconds(20), batchSize: 100)
            try await export(to: collector, batching: batching) { tracer, _ in
                for number in 0..<1_050 { tracer.startSpan("span \(number)", context: .topLevel).end() }
            }
        }
        #expect(Set(received.compactMap { $0["name"] as? String }).count == 1_050)
        #expect(received.count == 1_050)
        #expect(await counter("queueflow_spans_exported_total") == 1_050)
    }

    @Test func whatIsRefusedForGoodIsCounted() async throws {
        _ = try await Python().with("otlp_collector.py", [file.path, "--header", "x-token=a secret"]) { port in
            try await export(to: SpanCollector(address: "127.0.0.1:\(port)")) { tracer, _ in
                tracer.startSpan("a", context: .topLevel).end()
            }
        }
        #expect(received.isEmpty)
        #expect(await counter(#"queueflow_spans_dropped_total{reason="export_failed"}"#) == 1)
    }

    /// Nobody is there: so many wait and no more, whoever makes spans does not wait, the end is not held up, and all are accounted for.
    @Test func withoutACollectorSpansAreDroppedAndCounted() async throws {
        let batching = SpanBatching(delay: .milliseconds(20), queueSize: 500, batchSize: 100)
        let time = try await export(to: SpanCollector(address: "127.0.0.1:1"), batching: batching) { tracer, recorder in
            for number in 0..<10_000 { tracer.startSpan("span \(number)", context: .topLevel).end() }
            #expect(recorder.count <= 500)
        }
        #expect(time < .seconds(7))
        var lost = 0
        for reason in ["queue_full", "export_failed", "shutdown"] {
            lost += await counter(#"queueflow_spans_dropped_total{reason="\#(reason)"}"#)
        }
        #expect(lost == 10_000)
        #expect(await counter(#"queueflow_spans_dropped_total{reason="queue_full"}"#) >= 9_300)
    }

    /// A collector that answers too late does not hold up the end either.
    @Test func aSlowCollectorIsLeftBehind() async throws {
        _ = try await Python().with("otlp_collector.py", [file.path, "--delay", "30"]) { port in
            let time = try await export(to: SpanCollector(address: "127.0.0.1:\(port)")) { tracer, _ in
                tracer.startSpan("a", context: .topLevel).end()
            }
            #expect(time < .seconds(7))
        }
        let lost = await counter(#"queueflow_spans_dropped_total{reason="shutdown"}"#)
        #expect(lost == 1)
    }

    @Test func waitsAreThoseOfTheSpecification() {
        func wait(_ code: GRPCStatus.Code, _ details: [UInt8]? = nil) -> Duration? {
            var metadata = Metadata()
            if let details { metadata.addBinary(details, forKey: "grpc-status-details-bin") }
            return ExportRetry.wait(
                after: GRPCError(code: code, message: "", metadata: metadata),
                usual: .seconds(1)
            )
        }
        var retry = OTLPRetryInfo()
        (retry.retryDelay.seconds, retry.retryDelay.nanos) = (2, 500_000_000)
        let details = try? [UInt8](
            OTLPErrorDetails.with {
                $0.details = [
                    .with {
                        $0.typeURL = "type.googleapis.com/google.rpc.RetryInfo"
                        $0.value = (try? retry.serializedData()) ?? Data()
                    }
                ]
            }.serializedData()
        )
        #expect(wait(.unavailable) == .seconds(1) && wait(.unavailable, details) == .milliseconds(2_500))
        #expect(wait(.resourceExhausted) == nil && wait(.resourceExhausted, details) == .milliseconds(2_500))
        #expect(wait(.invalidArgument, details) == nil && wait(.unauthenticated) == nil)
    }
}

/// A certificate for this machine that nobody has signed.
private struct Certificate {
    let certificate, key: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "otlp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        (certificate, key) = (folder.appending(path: "a.pem").path, folder.appending(path: "a.key").path)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
            + ["-keyout", key, "-out", certificate, "-subj", "/CN=localhost"]
            + ["-addext", "subjectAltName=DNS:localhost"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }
}
