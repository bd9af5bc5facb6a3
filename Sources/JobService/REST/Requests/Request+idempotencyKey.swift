import HTTPTypes
import Hummingbird
import JobCore

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
}
