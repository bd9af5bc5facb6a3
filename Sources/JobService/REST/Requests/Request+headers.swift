import HTTPTypes
import Hummingbird
import Telemetry

extension Request {
    private static let (traceparent, tracestate) = (HTTPField.Name("traceparent"), HTTPField.Name("tracestate"))

    /// The trace that the request belongs to, as W3C Trace Context has it told; nil when it is none or not valid.
    var traceContext: TraceContext? {
        guard let header = Self.traceparent.flatMap({ headers[$0] }), var trace = TraceContext(traceparent: header)
        else { return nil }
        trace.state = TraceContext.state(Self.tracestate.flatMap { headers[$0] })
        return trace
    }
}
