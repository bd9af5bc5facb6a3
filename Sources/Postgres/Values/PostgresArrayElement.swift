#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

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

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    /// Sends a one-dimensional array, or a `bytea` for `[UInt8]`.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        try Element.encodeArray(self, as: type, into: &buffer)
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// Reads a one-dimensional array, or a `bytea` for `[UInt8]`.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> [Element] {
        try Element.decodeArray(bytes, as: type)
    }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement & PostgresEncodable & PostgresDecodable {
    /// Appends an array with nulls.
    public static func encodeArray(
        _ elements: [Wrapped?],
        as type: PostgresType,
        into buffer: inout PostgresBuffer
    ) throws(PostgresValueError) {
        try Wrapped.encodeArray(nullable: elements, as: type, into: &buffer)
    }

    /// Reads an array with nulls.
    public static func decodeArray(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> [Wrapped?] {
        try Wrapped.decodeArray(nullable: bytes, as: type)
    }
}

extension UUID: PostgresArrayElement {}
extension Date: PostgresArrayElement {}
extension Data: PostgresArrayElement {}
