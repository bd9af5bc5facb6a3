/// A type whose arrays can be parameters and columns, as `unnest($1::uuid[])` needs.
///
/// Conforming takes no code for a type that is ``PostgresEncodable`` and ``PostgresDecodable``. The requirements exist so
/// that the loop over an array is compiled for its element type, and because `[UInt8]` is a `bytea` instead.
public protocol PostgresArrayElement: Sendable {
    /// Appends the array's binary form.
    static func encodeArray(
        _ elements: [Self],
        as type: PostgresType,
        into buffer: inout PostgresBuffer
    ) throws(PostgresValueError)

    /// Appends the binary form of an array with nulls.
    static func encodeArray(
        nullable elements: [Self?],
        as type: PostgresType,
        into buffer: inout PostgresBuffer
    ) throws(PostgresValueError)

    /// Reads an array.
    static func decodeArray(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> [Self]

    /// Reads an array with nulls.
    static func decodeArray(nullable bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> [Self?]
}

extension PostgresArrayElement where Self: PostgresEncodable & PostgresDecodable {
    /// Appends a one-dimensional array.
    public static func encodeArray(
        _ elements: [Self],
        as type: PostgresType,
        into buffer: inout PostgresBuffer
    ) throws(PostgresValueError) {
        try ArrayCoding.encode(elements, as: type, into: &buffer)
    }

    /// Appends a one-dimensional array with nulls.
    public static func encodeArray(
        nullable elements: [Self?],
        as type: PostgresType,
        into buffer: inout PostgresBuffer
    ) throws(PostgresValueError) {
        try ArrayCoding.encode(elements, as: type, into: &buffer)
    }

    /// Reads a one-dimensional array.
    public static func decodeArray(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> [Self] {
        try ArrayCoding.decode(bytes, as: type)
    }

    /// Reads a one-dimensional array with nulls.
    public static func decodeArray(
        nullable bytes: RawSpan,
        as type: PostgresType
    ) throws(PostgresValueError) -> [Self?] {
        try ArrayCoding.decode(bytes, as: type)
    }
}

extension Bool: PostgresArrayElement {}
extension Int: PostgresArrayElement {}
extension Int64: PostgresArrayElement {}
extension Int32: PostgresArrayElement {}
extension Int16: PostgresArrayElement {}
extension Double: PostgresArrayElement {}
extension Float: PostgresArrayElement {}
extension String: PostgresArrayElement {}
extension PostgresJSON: PostgresArrayElement {}
extension PostgresTimestamp: PostgresArrayElement {}
