/// A value that can be a statement's parameter.
///
/// The server names the type of each parameter when it prepares a statement; the value is asked to take exactly
/// that form (PostgreSQL's binary format, integers in network byte order).
public protocol PostgresEncodable: Sendable {
    /// Whether the parameter is SQL's null; ``encode(as:into:)`` is not called then.
    var isPostgresNull: Bool { get }

    /// Appends the value's binary form.
    ///
    /// - Parameters:
    ///   - type: What the server expects.
    ///   - buffer: Takes the bytes.
    /// - Throws: ``PostgresValueError`` when the value cannot be of that type.
    func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError)
}

extension PostgresEncodable {
    /// `false`: only an `Optional` is ever null.
    public var isPostgresNull: Bool { false }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    /// Sends the raw value.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        try rawValue.encode(as: type, into: &buffer)
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// Whether there is no value.
    public var isPostgresNull: Bool {
        switch self {
        case .none: true
        case .some(let value): value.isPostgresNull
        }
    }

    /// Sends the value there is.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        if case .some(let value) = self { try value.encode(as: type, into: &buffer) }
    }
}

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
