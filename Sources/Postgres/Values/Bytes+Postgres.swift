#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// `[UInt8]` is a `bytea`, and `[[UInt8]]` an array of them.
extension UInt8: PostgresArrayElement {
    /// Appends a `bytea`.
    public static func encodeArray(
        _ elements: [UInt8],
        as type: PostgresType,
        into buffer: inout PostgresBuffer
    ) throws(PostgresValueError) {
        guard type == .bytea else { throw .cannotSend([UInt8].self, as: type) }
        buffer.append(elements)
    }

    /// Refuses: bytes cannot be null one by one.
    public static func encodeArray(
        nullable elements: [UInt8?],
        as type: PostgresType,
        into buffer: inout PostgresBuffer
    ) throws(PostgresValueError) {
        throw .cannotSend([UInt8?].self, as: type)
    }

    /// Reads a `bytea`.
    public static func decodeArray(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> [UInt8] {
        guard type == .bytea else { throw .cannotRead(type, as: [UInt8].self) }
        return [UInt8](copying: bytes)
    }

    /// Refuses: bytes cannot be null one by one.
    public static func decodeArray(
        nullable bytes: RawSpan,
        as type: PostgresType
    ) throws(PostgresValueError) -> [UInt8?] {
        throw .cannotRead(type, as: [UInt8?].self)
    }
}

extension Array: PostgresArrayElement where Element == UInt8 {}

extension [UInt8] {
    init(copying bytes: RawSpan) {
        self = bytes.withUnsafeBytes { Array($0) }
    }
}

extension Data: PostgresEncodable, PostgresDecodable {
    /// Sends a `bytea`.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        guard type == .bytea else { throw .cannotSend(Data.self, as: type) }
        buffer.append(self)
    }

    /// Reads a `bytea`.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> Data {
        guard type == .bytea else { throw .cannotRead(type, as: Data.self) }
        return bytes.withUnsafeBytes { Data($0) }
    }
}
