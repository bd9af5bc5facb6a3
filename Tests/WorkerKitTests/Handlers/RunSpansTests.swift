import Foundation
import InMemoryTracing
import JobCore
import Logging
import Telemetry
import Testing
import Tracing

@testable import OTLP
@testable import QueueFlowWorker

@Suite(.timeLimit(.minutes(1))) struct RunSpansTests {
    private struct Broken: Error {}

    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"

    /// Runs a job once.
    private func run(
        _ key: RunKey = RunKey(job: .make(), run: 1),
        trace: String?,
        _ body: @escaping @Sendable (RunningJob) async throws -> JobResult
    ) async -> RunHandle {
        let runner = JobRunner(
            handlers: ["t": RegisteredHandler(handler: ClosureHandler(body: body))],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        var granted = GrantedJob.sample(key, .sample(type: "t"))
        granted.trace = trace
        let handle = RunHandle(notes: RunNotes(checkpoint: nil) { _ in })
        _ = await runner.run(granted, handle) { _, _ in [] }
        return handle
    }

    /// What a handler does is below its run's span, and that below the submission's; what it submits is told where it belongs.
    @Test func aHandlersSpansJoin() async throws {
        let recorder = SpanRecorder()
        await withTracer(SpanTracer(recorder: recorder)) {
            let handle = await run(trace: Self.trace + "1 vendor=a") { job in
                #expect(job.trace == Self.trace + "1")
                withSpan("render") { span in
                    let carried = RunSpans.carried(ServiceContext.current)
                    #expect(carried == span.context.traceContext?.stored && carried.hasSuffix("-01 vendor=a"))
                }
                return .none
            }
            handle.settling?.end()
        }
        let spans = recorder.takeAll()
        #expect(spans.map(\.name) == ["render", "process q", "settle q"])
        #expect(Set(spans.map(\.context.traceID.description)) == ["0af7651916cd43dd8448eb211c80319c"])
        let process = try #require(spans.first { $0.name == "process q" })
        #expect(process.parent?.description == "b7ad6b7169203331" && process.kind == .consumer)
        #expect(spans.filter { $0.parent == process.context.spanID }.map(\.name) == ["render", "settle q"])
    }

    /// Each run links to the one before, whoever ran that.
    @Test func runsAreLinked() async throws {
        let job = JobID.make()
        var spans: [RecordedSpan] = []
        for number in 1...3 {
            let recorder = SpanRecorder()
            await withTracer(SpanTracer(recorder: recorder)) {
                _ = await run(RunKey(job: job, run: number), trace: Self.trace + "1") { _ in throw Broken() }
            }
            spans += recorder.takeAll()
        }
        #expect(
            spans.map { $0.links.compactMap(\.context.traceContext?.spanID) } == [
                [], [spans[0].context.spanID], [spans[1].context.spanID],
            ]
        )
        #expect(spans.allSatisfy { $0.status?.code == .error && $0.attributes["error.type"] != nil })
    }

    /// What is not recorded is handed on, and costs no span.
    @Test func whatIsNotRecordedIsHandedOn() async throws {
        for (tracer, flag) in [(SpanTracer(), "1"), (SpanTracer(recorder: SpanRecorder()), "0")] {
            await withTracer(tracer) {
                let handle = await run(trace: Self.trace + flag) { _ in
                    #expect(RunSpans.carried(ServiceContext.current) == Self.trace + flag)
                    return .none
                }
                #expect(handle.settling == nil)
            }
        }
        let handle = await run(trace: Self.trace + "1") { _ in
            #expect(ServiceContext.current?.traceContext == nil)
            return .none
        }
        #expect(handle.settling == nil)
    }

    /// Somebody else's tracer is used as it is.
    @Test func anotherTracerIsUsed() async throws {
        let tracer = InMemoryTracer()
        await withTracer(tracer) {
            _ = await run(trace: Self.trace + "1") { _ in
                withSpan("render") { _ in }
                return .none
            }
        }
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["render", "process q"])
        #expect(spans[0].context.inMemorySpanContext?.parentSpanID == spans[1].context.inMemorySpanContext?.spanID)
    }
}
