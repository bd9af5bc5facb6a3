import HTTPTypes
import Hummingbird
import Telemetry

extension Request {
    private static let traceparent = HTTPField.Name("traceparent")

    /// The trace that the request belongs to, as W3C Trace Context has it told; nil when it is none or not valid.
    var traceContext: TraceContext? {
        Self.traceparent.flatMap { headers[$0] }.flatMap(TraceContext.init(traceparent:))
    }
}
