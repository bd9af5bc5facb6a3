#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

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
