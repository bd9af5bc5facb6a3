import Telemetry
public import Tracing

/// The tracer that processes of QueueFlow use: W3C Trace Context in and out, and spans to a ``SpanRecorder`` if there is one.
///
/// Without one it costs next to nothing, and traces that others began are handed on as they came. A span whose context plans an id for it
/// gets that.
public struct SpanTracer: Tracer {
    private let sampler: TraceSampler
    private let recorder: SpanRecorder?

    /// A tracer.
    ///
    /// - Parameters:
    ///   - sampler: Decides which traces are recorded.
    ///   - recorder: What takes spans that have ended; nil when none is recorded.
    public init(sampler: TraceSampler = .parentBased(.always), recorder: SpanRecorder? = nil) {
        self.sampler = sampler
        self.recorder = recorder
    }

    /// Starts a span below the one that the context tells of, or a trace when it tells of none.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> TraceSpan {
        var context = context()
        guard let recorder else { return TraceSpan(context: context) }
        let parent = context.traceContext
        var generator = SystemRandomNumberGenerator()
        let traceID = parent?.traceID ?? .random(using: &generator)
        let isSampled = sampler.samples(traceID, parent: parent)
        if let parent, !isSampled, !parent.isSampled {
            context.plannedSpanID = nil
            return TraceSpan(context: context)
        }
        var flags = parent?.flags ?? .randomTraceID
        if isSampled { flags.insert(.sampled) } else { flags.remove(.sampled) }
        let own = TraceContext(
            traceID: traceID,
            spanID: context.plannedSpanID ?? .random(using: &generator),
            flags: flags,
            state: parent?.state
        )
        context.plannedSpanID = nil
        context.traceContext = own
        guard isSampled else { return TraceSpan(context: context) }
        let span = RecordedSpan(
            context: own,
            parent: parent?.spanID,
            kind: kind,
            start: instant().nanosecondsSinceEpoch,
            name: operationName
        )
        return TraceSpan(context: context, span, to: recorder)
    }

    /// Sends what waits soon.
    public func forceFlush() { recorder?.flush() }

    /// Reads the trace that a request or a record belongs to.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let header = extractor.extract(key: "traceparent", from: carrier),
            var trace = TraceContext(traceparent: header)
        else { return }
        trace.state = TraceContext.state(extractor.extract(key: "tracestate", from: carrier))
        context.traceContext = trace
    }

    /// Writes the trace that a request or a record belongs to.
    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.traceContext else { return }
        injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
        if let state = trace.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }
}
