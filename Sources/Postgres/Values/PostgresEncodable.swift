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
