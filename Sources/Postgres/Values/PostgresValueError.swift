/// Why one value cannot be sent or read.
///
/// The library adds which parameter or column it was and throws a ``PostgresError``.
public struct PostgresValueError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, as the end of a sentence that begins with the parameter or the column.
    public let description: String

    /// Makes an error from the end of a sentence, for example `is null`.
    public init(_ description: String) {
        self.description = description
    }

    static func cannotSend<Value>(_ value: Value.Type, as type: PostgresType) -> PostgresValueError {
        PostgresValueError("is of type \(type), which a Swift \(value) is not; cast it in the SQL or pass another type")
    }

    static func cannotRead<Value>(_ type: PostgresType, as value: Value.Type) -> PostgresValueError {
        PostgresValueError("is of type \(type), which is not read as \(value); cast it in the SQL or read another type")
    }

    static func malformed<Value>(_ type: PostgresType, as value: Value.Type, length: Int) -> PostgresValueError {
        PostgresValueError("holds \(length) bytes, which are no \(type) for \(value)")
    }
}
