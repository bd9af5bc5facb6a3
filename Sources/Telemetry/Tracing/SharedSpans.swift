public import Tracing

/// The same work done for many traces at once, such as a statement that stores the jobs of many requests: a span in each of the traces
/// that are recorded, so that each is whole, and none where none is. All but the first link to the first.
public struct SharedSpans: Sendable {
    /// In how many traces spans are made at most: what is shared by more is told of in these.
    private static let most = 1_000

    private let spans: [any Span]

    /// Starts a span in each trace that is recorded; `nil` when there is none, which costs a look at each text and no more.
    ///
    /// - Parameters:
    ///   - name: The spans' name.
    ///   - kind: What they are to each other.
    ///   - traces: What the jobs carry.
    ///   - start: When the work began; now unless given.
    ///   - attributes: What is said of the work.
    public init?(
        _ name: String,
        kind: SpanKind = .client,
        in traces: some Sequence<String?>,
        from start: DefaultTracerClock.Timestamp? = nil,
        attributes: @autoclosure () -> SpanAttributes
    ) {
        var known: Set<String> = []
        for case let trace? in traces where TraceContext.isSampled(stored: trace) {
            known.insert(trace)
            if known.count == Self.most { break }
        }
        guard !known.isEmpty else { return nil }
        let (tracer, attributes, now) = (InstrumentationSystem.tracer, attributes(), start ?? DefaultTracerClock.now)
        var spans: [any Span] = []
        for trace in known {
            guard let trace = TraceContext(stored: trace) else { continue }
            let span = tracer.startSpan(name, context: ServiceContext(trace), ofKind: kind, at: now)
            guard span.isRecording else { return nil }
            span.attributes = attributes
            if let first = spans.first { span.addLink(SpanLink(context: first.context, attributes: [:])) }
            spans.append(span)
        }
        self.spans = spans
    }

    /// Says more of the work.
    public func describe(_ update: (inout SpanAttributes) -> Void) {
        for span in spans { span.updateAttributes(update) }
    }

    /// Adds a part of the work that is over, below each of the spans.
    public func part(
        _ name: String,
        kind: SpanKind,
        from start: DefaultTracerClock.Timestamp,
        to end: DefaultTracerClock.Timestamp,
        attributes: SpanAttributes
    ) {
        for span in spans {
            let part = InstrumentationSystem.tracer.startSpan(name, context: span.context, ofKind: kind, at: start)
            part.attributes = attributes
            part.end(at: end)
        }
    }

    /// Ends the spans.
    ///
    /// - Parameter error: What went wrong, if something did.
    public func end(_ error: (any Error)? = nil) {
        let now = DefaultTracerClock.now
        for span in spans {
            if let error { span.failed(error) }
            span.end(at: now)
        }
    }

    /// Carries work out within spans.
    public static func around<Result>(
        _ name: String,
        kind: SpanKind = .client,
        in traces: some Sequence<String?>,
        attributes: @autoclosure () -> SpanAttributes,
        _ body: () async throws -> Result
    ) async throws -> Result {
        guard let spans = SharedSpans(name, kind: kind, in: traces, attributes: attributes()) else {
            return try await body()
        }
        do {
            let result = try await body()
            spans.end()
            return result
        } catch {
            spans.end(error)
            throw error
        }
    }
}

extension Span {
    /// Says that what the span is about went wrong, and how.
    public func failed(_ error: any Error) {
        attributes["error.type"] = "\(type(of: error))"
        setStatus(SpanStatus(code: .error, message: "\(error)"))
    }
}
