import OTLP
import Telemetry
import Testing
import Tracing

@Suite struct SpanTracerTests {
    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"

    private struct Headers: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    private func context(_ headers: [String: String], _ tracer: SpanTracer) -> ServiceContext {
        var context = ServiceContext.topLevel
        tracer.extract(headers, into: &context, using: Headers())
        return context
    }

    private func headers(_ context: ServiceContext, _ tracer: SpanTracer) -> [String: String] {
        var headers: [String: String] = [:]
        tracer.inject(context, into: &headers, using: Headers())
        return headers
    }

    /// Without anybody to record spans a trace is handed on to the letter, and none is begun.
    @Test(arguments: ["0", "1"]) func withoutACollectorATraceIsHandedOn(_ flag: String) {
        let tracer = SpanTracer()
        let given = ["traceparent": Self.parent + flag, "tracestate": "a=1,b=2"]
        let span = tracer.startSpan("a", context: context(given, tracer), ofKind: .server)
        #expect(!span.isRecording)
        #expect(headers(span.context, tracer) == given)
        let root = tracer.startSpan("a", context: .topLevel, ofKind: .server)
        #expect(headers(root.context, tracer).isEmpty)
    }

    @Test func aSpanIsBelowTheOneThatIsGiven() throws {
        let tracer = SpanTracer(recorder: SpanRecorder())
        let given = ["traceparent": Self.parent + "1", "tracestate": "a=1"]
        let span = tracer.startSpan("a", context: context(given, tracer), ofKind: .server)
        #expect(span.isRecording)
        let trace = try #require(span.context.traceContext)
        #expect(trace.traceID.description == "0af7651916cd43dd8448eb211c80319c")
        #expect(trace.spanID.description != "b7ad6b7169203331" && trace.isSampled && trace.state == "a=1")
        span.end()
        #expect(!span.isRecording)
    }

    @Test func whatIsNotRecordedKeepsItsPlace() throws {
        let tracer = SpanTracer(recorder: SpanRecorder())
        let span = tracer.startSpan("a", context: context(["traceparent": Self.parent + "0"], tracer), ofKind: .server)
        #expect(!span.isRecording)
        #expect(headers(span.context, tracer)["traceparent"] == Self.parent + "0")
        // A trace that begins here and is not recorded has an id all the same: nobody further on decides anew.
        let never = SpanTracer(sampler: .parentBased(.never), recorder: SpanRecorder())
        let root = never.startSpan("a", context: .topLevel, ofKind: .server)
        #expect(try #require(root.context.traceContext).isSampled == false && !root.isRecording)
    }

    /// The id that was planned is the span's, and not that of those below.
    @Test func anIDCanBePlanned() throws {
        let tracer = SpanTracer(recorder: SpanRecorder())
        var context = ServiceContext.topLevel
        let planned = SpanID(hashing: (1, 2), 3)
        context.plannedSpanID = planned
        let span = tracer.startSpan("a", context: context, ofKind: .consumer)
        #expect(span.context.traceContext?.spanID == planned)
        let below = tracer.startSpan("b", context: span.context)
        #expect(below.context.traceContext?.spanID != planned)
    }

    @Test func plannedIDsDiffer() {
        var ids: Set<SpanID> = []
        for high in 0..<20 as Range<UInt64> {
            for low in 0..<20 as Range<UInt64> {
                for number in 0..<20 { ids.insert(SpanID(hashing: (high, low), number)) }
            }
        }
        #expect(ids.count == 8_000)
    }

    @Test(
        arguments: [
            (Self.parent + "1", true, Self.parent + "1", nil), (Self.parent + "0", false, Self.parent + "0", nil),
            (Self.parent + "3 a=1,b=2", true, Self.parent + "3", "a=1,b=2"),
        ] as [(String, Bool, String, String?)]
    )
    func whatJobsCarryIsRead(_ stored: String, _ isSampled: Bool, _ parent: String, _ state: String?) throws {
        let trace = try #require(TraceContext(stored: stored))
        #expect((trace.traceparent, trace.state, trace.stored) == (parent, state, stored))
        #expect(TraceContext.isSampled(stored: stored) == isSampled)
        #expect(TraceContext.traceID(stored: stored) == "0af7651916cd43dd8448eb211c80319c")
    }

    @Test func whatIsNoTraceIsNone() {
        for text in ["", "trace", " " + Self.parent + "1", Self.parent + "1 " + String(repeating: "a", count: 600)] {
            #expect(TraceContext(stored: text) == nil)
        }
        #expect(!TraceContext.isSampled(stored: "") && TraceContext.traceID(stored: "trace") == nil)
        #expect(TraceContext.state(String(repeating: "a", count: 513)) == nil && TraceContext.state("a=é") == nil)
    }
}
