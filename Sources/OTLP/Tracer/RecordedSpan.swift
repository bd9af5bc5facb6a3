import Synchronization
import Telemetry
public import Tracing

/// A span with all that was said of it.
struct RecordedSpan: Sendable {
    /// How many attributes, events and links of a span are kept, and how many bytes of a text: the first three are OpenTelemetry's defaults.
    static let (maxAttributes, maxEvents, maxLinks, maxTextBytes) = (128, 128, 128, 4_096)

    let context: TraceContext
    let parent: SpanID?
    let kind: SpanKind
    let start: UInt64
    var name: String
    var end: UInt64 = 0
    var attributes: SpanAttributes = [:]
    var events: [SpanEvent] = []
    var links: [SpanLink] = []
    var droppedEvents = 0
    var droppedLinks = 0
    var status: SpanStatus?
}

/// A span as swift-distributed-tracing has it: one that is recorded, or only a place in a trace.
public struct TraceSpan: Tracing.Span {
    /// Where what is done within the span finds its place in the trace.
    public let context: ServiceContext
    private let recording: SpanRecording?

    /// A span that is not recorded.
    init(context: ServiceContext) {
        self.context = context
        recording = nil
    }

    /// A span that is recorded.
    init(context: ServiceContext, _ span: RecordedSpan, to recorder: SpanRecorder) {
        self.context = context
        recording = SpanRecording(span, recorder)
    }

    /// Whether anything becomes of what is said of the span.
    public var isRecording: Bool { recording?.isOpen ?? false }

    /// What it is called.
    public var operationName: String {
        get { recording?.read(\.name) ?? "" }
        nonmutating set { recording?.change { $0.name = newValue } }
    }

    /// What is said of it.
    public var attributes: SpanAttributes {
        get { recording?.read(\.attributes) ?? [:] }
        nonmutating set { recording?.change { $0.attributes = newValue } }
    }

    /// Says how it went. `ok` is final, as the specification has it.
    public func setStatus(_ status: SpanStatus) {
        recording?.change { if $0.status?.code != .ok { $0.status = status } }
    }

    /// Adds something that happened meanwhile.
    public func addEvent(_ event: SpanEvent) {
        recording?.change { span in
            if span.events.count < RecordedSpan.maxEvents {
                span.events.append(event)
            } else {
                span.droppedEvents += 1
            }
        }
    }

    /// Adds an error as an event, as the conventions for exceptions have it.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error,
        attributes: SpanAttributes,
        at instant: @autoclosure () -> Instant
    ) {
        guard isRecording else { return }
        var attributes = attributes
        attributes["exception.type"] = "\(type(of: error))"
        attributes["exception.message"] = "\(error)"
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    /// Links it to another span.
    public func addLink(_ link: SpanLink) {
        recording?.change { span in
            if span.links.count < RecordedSpan.maxLinks {
                span.links.append(link)
            } else {
                span.droppedLinks += 1
            }
        }
    }

    /// Ends it. What is said of it later is lost.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        recording?.end(at: instant().nanosecondsSinceEpoch)
    }
}

/// A span while it goes on.
private final class SpanRecording: Sendable {
    private let span: Mutex<RecordedSpan?>
    private let recorder: SpanRecorder

    init(_ span: RecordedSpan, _ recorder: SpanRecorder) {
        self.span = Mutex(span)
        self.recorder = recorder
    }

    var isOpen: Bool { span.withLock { $0 != nil } }

    func read<Value: Sendable>(_ part: @Sendable (RecordedSpan) -> Value) -> Value? { span.withLock { $0.map(part) } }

    func change(_ body: (inout RecordedSpan) -> Void) {
        span.withLock { span in
            guard var open = span.take() else { return }
            body(&open)
            span = open
        }
    }

    func end(at instant: UInt64) {
        guard var ended = span.withLock({ $0.take() }) else { return }
        ended.end = max(instant, ended.start)
        recorder.add(ended)
    }
}
