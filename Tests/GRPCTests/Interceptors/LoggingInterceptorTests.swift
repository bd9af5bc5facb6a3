import GRPC
import Logging
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct LoggingInterceptorTests {
    /// Keeps what is logged.
    private struct Recorder: LogHandler {
        struct Line: Sendable {
            var level: Logger.Level
            var message: String
            var metadata: Logger.Metadata
        }

        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]
        let record: @Sendable (Line) -> Void

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            record(Line(level: event.level, message: "\(event.message)", metadata: event.metadata ?? [:]))
        }
    }

    /// What both sides log about one call.
    private func lines(of service: ProbeService) async throws -> [Recorder.Line] {
        let lines = Mutex<[Recorder.Line]>([])
        let logger = Logger(label: "test") { _ in Recorder { line in lines.withLock { $0.append(line) } } }
        let logging = LoggingInterceptor(logger: logger)
        try await withServer([service], interceptors: [logging]) { address in
            try await withClient(address, interceptors: [logging]) { client in
                // How the call ends is what is logged.
                try? await client.serverStreaming(
                    ProbeService.custom,
                    ProbeService.message(1),
                    as: ProbeService.Message.self,
                    options: CallOptions(metadata: ["authorization": "secret"])
                ) { for try await _ in $0 {} }
            }
        }
        return lines.withLock { $0 }
    }

    @Test func everyCallHasALineOnEitherSide() async throws {
        let lines = try await lines(of: ProbeService())
        #expect(Set(lines.map(\.message)) == ["gRPC call handled", "gRPC call made"])
        for line in lines {
            #expect(line.level == .debug)
            #expect(line.metadata["method"] == "test.Probe/Custom" && line.metadata["status"] == "OK")
            #expect(line.metadata["duration_ms"] != nil)
            #expect(!"\(line.metadata)".contains("secret"))
        }
    }

    @Test func defectsAreErrorsWithTheirCause() async throws {
        struct Broken: Error {}
        let lines = try await lines(of: ProbeService { _, _, _ in throw Broken() })
        let handled = try #require(lines.first { $0.message == "gRPC call handled" })
        #expect(handled.level == .error)
        #expect("\(handled.metadata)".contains("Broken"))
    }

    @Test func refusalsAreNoErrors() async throws {
        let refusal = GRPCError(code: .permissionDenied, message: "no")
        let lines = try await lines(of: ProbeService { _, _, _ in throw refusal })
        #expect(lines.count == 2 && lines.allSatisfy { $0.level == .debug })
        #expect(lines.allSatisfy { $0.metadata["status"] == "PERMISSION_DENIED" })
    }
}
