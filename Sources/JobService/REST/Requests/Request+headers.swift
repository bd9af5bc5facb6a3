import HTTPTypes
import Hummingbird
import JobCore
import Telemetry

extension Request {
    private static let idempotencyKeyName = "Idempotency-Key"

    /// The request's `Idempotency-Key`; nil when it has none.
    ///
    /// - Throws: ``Problem`` that names the header when the key is not valid or given twice.
    func idempotencyKey() throws(Problem) -> IdempotencyKey? {
        guard let name = HTTPField.Name(Self.idempotencyKeyName) else { return nil }
        let values = headers[values: name]
        guard let value = values.first else { return nil }
        guard values.count == 1 else {
            throw .invalid([FieldError(field: Self.idempotencyKeyName, detail: "is given twice")])
        }
        do {
            return try IdempotencyKey(value)
        } catch {
            throw .invalid([FieldError(field: Self.idempotencyKeyName, detail: "\(error)")])
        }
    }

    private static let traceparent = HTTPField.Name("traceparent")

    /// The trace that the request belongs to, as W3C Trace Context has it told; nil when it is none or not valid.
    var traceContext: TraceContext? {
        Self.traceparent.flatMap { headers[$0] }.flatMap(TraceContext.init(traceparent:))
    }
}
