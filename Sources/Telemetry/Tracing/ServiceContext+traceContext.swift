public import Logging
public import Tracing

private enum TraceContextKey: ServiceContextKey {
    typealias Value = TraceContext
}

extension ServiceContext {
    /// The active span's place in its trace, if there is one.
    public var traceContext: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}

extension Logger.MetadataProvider {
    /// Adds `trace_id` and `span_id` while a span is active.
    public static let traceContext = Logger.MetadataProvider {
        guard let context = ServiceContext.current?.traceContext else {
            return [:]
        }
        return ["trace_id": .string(context.traceID.description), "span_id": .string(context.spanID.description)]
    }
}
