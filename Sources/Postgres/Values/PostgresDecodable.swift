/// A value that can be read from a column.
public protocol PostgresDecodable {
    /// Reads a value from PostgreSQL's binary format.
    ///
    /// - Parameters:
    ///   - bytes: The value; valid during the call only.
    ///   - type: The column's type.
    /// - Throws: ``PostgresValueError`` when the type or the bytes do not fit.
    static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> Self

    /// What SQL's null becomes.
    ///
    /// - Throws: ``PostgresValueError``, unless the type is an `Optional`.
    static func decodeNull() throws(PostgresValueError) -> Self
}

extension PostgresDecodable {
    /// Refuses null.
    public static func decodeNull() throws(PostgresValueError) -> Self {
        throw PostgresValueError("is null; read it as \(Self.self)? or forbid null in the SQL")
    }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    /// Reads the raw value, and refuses one that this type does not have.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> Self {
        let raw = try RawValue.decode(bytes, as: type)
        guard let value = Self(rawValue: raw) else {
            throw PostgresValueError("holds \"\(raw)\", which is no \(Self.self)")
        }
        return value
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// Reads the value there is.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> Wrapped? {
        try Wrapped.decode(bytes, as: type)
    }

    /// `nil`.
    public static func decodeNull() -> Wrapped? { nil }
}
