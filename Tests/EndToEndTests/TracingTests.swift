import Foundation
import TestSupport
import Testing

/// Traces through all processes, as a collector that is not ours sees them.
extension EndToEndTests {
    /// A span as the collector wrote it.
    private struct Span: Decodable, Sendable {
        struct Link: Decodable, Sendable {
            var trace, id: String
        }

        var service, trace, id, parent, name, kind: String
        var start, end: UInt64
        var status: Int
        var links: [Link]
        var attributes: [String: Value]
    }

    /// What is said of a span: a text, or a number.
    private enum Value: Decodable, Hashable, Sendable {
        case text(String)
        case number(Double)
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .other
            }
        }
    }

    /// Runs the stack with a collector beside it; the body is given how to read what came so far.
    private func traced(
        _ more: [String: String] = [:],
        _ body: (TestStack, _ spans: @escaping @Sendable () -> [Span]) async throws -> Void
    ) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "traces-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        @Sendable func spans() -> [Span] {
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Span.self, from: Data($0.utf8)) }
        }
        let (ports, port) = AsyncStream.makeStream(of: String.self)
        let ended = AsyncStream.makeStream(of: Void.self)
        async let collector: Void = Python().with("otlp_collector.py", [file.path]) { line in
            port.yield(line)
            for await _ in ended.stream {}
        }
        let first = try #require(await ports.first { _ in true })
        var variables = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(first)", "OTEL_BSP_SCHEDULE_DELAY": "100"]
        variables.merge(more) { $1 }
        do {
            try await TestStack.run([.jobService: variables, .worker: variables, .scheduler: variables]) { stack in
                try await body(stack, spans)
            }
        } catch {
            ended.continuation.finish()
            throw error
        }
        ended.continuation.finish()
        try await collector
    }

    /// One request, one trace: each of its spans but the first is below another one of it, through three kinds of work and two processes.
    @Test func aRequestAndItsJobAreOneTrace() async throws {
        try await traced { stack, spans in
            let id = try await stack.submit(#"{"type": "noop", "queue": "mail"}"#)
            let job = try await stack.wait(for: id, toBe: "completed")
            let trace = try #require(job.json["trace_id"] as? String)
            @Sendable func of(_ name: String) -> [Span] { spans().filter { $0.trace == trace && $0.name == name } }
            let names: Set = [
                "POST /jobs", "create mail", "INSERT jobs_live", "send queueflow.jobs.normal", "receive mail",
                "process mail", "settle mail", "queueflow.control.v1.WorkerControl/Session", "BATCH jobs_live",
            ]
            try await stack.waitUntil("the trace to be whole") {
                names.allSatisfy { !of($0).isEmpty } && of("BATCH jobs_live").count >= 2
            }
            let all = spans().filter { $0.trace == trace }
            let ids = Set(all.map(\.id))
            #expect(ids.count == all.count)
            #expect(all.filter { !ids.contains($0.parent) }.map(\.name) == ["POST /jobs"])
            let kinds = Dictionary(all.map { ($0.name, $0.kind) }, uniquingKeysWith: { first, _ in first })
            #expect(
                kinds == [
                    "POST /jobs": "server", "create mail": "producer", "INSERT jobs_live": "client",
                    "send queueflow.jobs.normal": "client", "receive mail": "client", "process mail": "consumer",
                    "settle mail": "client", "queueflow.control.v1.WorkerControl/Session": "server",
                    "BATCH jobs_live": "client",
                ]
            )
            #expect(all.allSatisfy { $0.start <= $0.end && $0.status != 2 })
            #expect(Set(all.map(\.service)) == ["queueflow-job-service", "queueflow-worker"])
            let process = try #require(of("process mail").first)
            #expect(process.parent == of("create mail").first?.id && process.service == "queueflow-worker")
            #expect(process.attributes["messaging.message.id"] == .text(id))
            #expect(process.attributes["queueflow.job.outcome"] == .text("success"))
            let request = try #require(of("POST /jobs").first)
            #expect(request.attributes["http.response.status_code"] == .number(201))
            #expect(request.attributes["http.route"] == .text("/jobs"))
        }
    }

    /// Each attempt is a span of the same trace, and links to the one before; what the client sent is where all of it belongs.
    @Test func attemptsAreLinked() async throws {
        try await traced { stack, spans in
            let job =
                #"{"type": "fail", "payload": {"times": 2}, "retry": {"strategy": "fixed", "base": 0.1, "jitter": false}}"#
            let id = try await stack.submit(job)
            let done = try await stack.wait(for: id, toBe: "completed")
            let trace = try #require(done.json["trace_id"] as? String)
            @Sendable func runs() -> [Span] {
                spans().filter { $0.trace == trace && $0.name == "process default" }.sorted { $0.start < $1.start }
            }
            try await stack.waitUntil("three attempts to be told of") { runs().count == 3 }
            let attempts = runs()
            #expect(Set(attempts.map(\.parent)).count == 1)
            #expect(attempts.map(\.status) == [2, 2, 0])
            #expect(attempts.map { $0.links.map(\.id) } == [[], [attempts[0].id], [attempts[1].id]])
            #expect(attempts.map { $0.attributes["queueflow.job.attempt"] } == [.number(1), .number(2), .number(3)])
            let sent = spans().filter { $0.trace == trace && $0.name == "send queueflow.jobs.normal" }
            #expect(sent.contains { $0.service == "queueflow-scheduler" })
        }
    }

    /// What one process decides all heed: a trace is whole or not there at all.
    @Test func aRatioHoldsForWholeTraces() async throws {
        let sampling = ["OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.5"]
        try await traced(sampling) { stack, spans in
            var traces: Set<String> = []
            for _ in 0..<40 {
                let id = try await stack.submit(#"{"type": "noop"}"#)
                let job = try await stack.wait(for: id, toBe: "completed")
                traces.insert(try #require(job.json["trace_id"] as? String))
            }
            #expect(traces.count == 40)
            @Sendable func told(of name: String) -> Set<String> {
                Set(spans().filter { $0.name == name }.map(\.trace))
            }
            @Sendable func begun() -> Set<String> { told(of: "create default") }
            try await stack.waitUntil("all to be told of") {
                !begun().isEmpty && begun() == told(of: "settle default")
                    && begun() == told(of: "process default")
            }
            #expect((5...35).contains(begun().count))
            #expect(begun().isSubset(of: traces))
        }
    }

    /// Nobody takes the spans: jobs are none the worse for it, and what is lost is counted.
    @Test func jobsRunWithoutACollector() async throws {
        let variables = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_BSP_SCHEDULE_DELAY": "50",
            "OTEL_BSP_EXPORT_TIMEOUT": "1000", "OTEL_BSP_MAX_QUEUE_SIZE": "50", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10",
        ]
        try await TestStack.run([.jobService: variables, .worker: variables, .scheduler: variables]) { stack in
            for _ in 0..<60 { _ = try await stack.submit(#"{"type": "noop"}"#) }
            try await stack.waitUntil("all to be completed") {
                try await stack.figures().json["completed_jobs"] as? Int == 60
            }
            try await stack.waitUntil("losses to be counted") {
                try await stack.metric("queueflow_spans_dropped_total") > 0
            }
            #expect(await stack.end(.worker, with: SIGTERM) == 0)
            let lines = await stack.log(of: .jobService).split(separator: "\n").filter { $0.contains("spans are not") }
            #expect(lines.count == 1)
        }
    }
}
