#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Int: PostgresEncodable, PostgresDecodable {}
extension Int64: PostgresEncodable, PostgresDecodable {}
extension Int32: PostgresEncodable, PostgresDecodable {}
extension Int16: PostgresEncodable, PostgresDecodable {}

extension PostgresEncodable where Self: FixedWidthInteger {
    /// Sends a `smallint`, `integer`, `bigint` or `oid`, whichever the server expects, if the number fits.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        switch type {
        case .int2: buffer.append(try fitting(Int16.self, type))
        case .int4: buffer.append(try fitting(Int32.self, type))
        case .int8: buffer.append(try fitting(Int64.self, type))
        case .oid: buffer.append(try fitting(UInt32.self, type))
        default: throw .cannotSend(Self.self, as: type)
        }
    }

    private func fitting<Wire: FixedWidthInteger>(
        _: Wire.Type,
        _ type: PostgresType
    ) throws(PostgresValueError) -> Wire {
        guard let value = Wire(exactly: self) else {
            throw PostgresValueError("is of type \(type), which holds \(Wire.min) to \(Wire.max), not \(self)")
        }
        return value
    }
}

extension PostgresDecodable where Self: FixedWidthInteger {
    /// Reads a `smallint`, `integer`, `bigint` or `oid`, if the number fits.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> Self {
        switch (type, bytes.byteCount) {
        case (.int2, 2): return try fitting(bytes.bigEndian(Int16.self), type)
        case (.int4, 4): return try fitting(bytes.bigEndian(Int32.self), type)
        case (.int8, 8): return try fitting(bytes.bigEndian(Int64.self), type)
        case (.oid, 4): return try fitting(bytes.bigEndian(UInt32.self), type)
        case (.int2, _), (.int4, _), (.int8, _), (.oid, _):
            throw .malformed(type, as: Self.self, length: bytes.byteCount)
        default:
            throw .cannotRead(type, as: Self.self)
        }
    }

    private static func fitting(
        _ value: some FixedWidthInteger,
        _ type: PostgresType
    ) throws(PostgresValueError) -> Self {
        guard let fitting = Self(exactly: value) else {
            throw PostgresValueError("is of type \(type) and holds \(value), which does not fit \(Self.self)")
        }
        return fitting
    }
}

extension Double: PostgresEncodable, PostgresDecodable {
    /// Sends a `double precision`, or a `real` of the nearest value.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        switch type {
        case .float8: buffer.append(bitPattern)
        case .float4: buffer.append(Float(self).bitPattern)
        default: throw .cannotSend(Double.self, as: type)
        }
    }

    /// Reads a `double precision` or a `real`.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> Double {
        switch (type, bytes.byteCount) {
        case (.float8, 8): return Double(bitPattern: bytes.bigEndian(UInt64.self))
        case (.float4, 4): return Double(Float(bitPattern: bytes.bigEndian(UInt32.self)))
        case (.float8, _), (.float4, _): throw .malformed(type, as: Double.self, length: bytes.byteCount)
        default: throw .cannotRead(type, as: Double.self)
        }
    }
}

extension Float: PostgresEncodable, PostgresDecodable {
    /// Sends a `real` or a `double precision`.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        switch type {
        case .float4: buffer.append(bitPattern)
        case .float8: buffer.append(Double(self).bitPattern)
        default: throw .cannotSend(Float.self, as: type)
        }
    }

    /// Reads a `real`; a `double precision` is refused, since most of them would be rounded.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> Float {
        guard type == .float4 else { throw .cannotRead(type, as: Float.self) }
        guard bytes.byteCount == 4 else { throw .malformed(type, as: Float.self, length: bytes.byteCount) }
        return Float(bitPattern: bytes.bigEndian(UInt32.self))
    }
}

extension Bool: PostgresEncodable, PostgresDecodable {
    /// Sends a `boolean`.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        guard type == .bool else { throw .cannotSend(Bool.self, as: type) }
        buffer.append(UInt8(self ? 1 : 0))
    }

    /// Reads a `boolean`.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> Bool {
        guard type == .bool else { throw .cannotRead(type, as: Bool.self) }
        guard bytes.byteCount == 1 else { throw .malformed(type, as: Bool.self, length: bytes.byteCount) }
        return bytes.bigEndian(UInt8.self) != 0
    }
}

extension String: PostgresEncodable, PostgresDecodable {
    /// Sends `text` and its kin, or the text of an enum, a domain over text or another type created by a user.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        guard Self.isText(type) else { throw .cannotSend(String.self, as: type) }
        try buffer.append(text: self)
    }

    /// Reads `text` and its kin, or the text of an enum, a domain over text or another type created by a user.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> String {
        guard isText(type) else { throw .cannotRead(type, as: String.self) }
        let text = bytes.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
        guard let text else {
            throw PostgresValueError("holds bytes that are not UTF-8; is the database's encoding SQL_ASCII?")
        }
        return text
    }

    private static func isText(_ type: PostgresType) -> Bool {
        switch type {
        case .text, .varchar, .bpchar, .name, .char, .unknown: true
        default: type.isUserDefined
        }
    }
}

extension UUID: PostgresEncodable, PostgresDecodable {
    /// Sends a `uuid`.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        guard type == .uuid else { throw .cannotSend(UUID.self, as: type) }
        withUnsafeBytes(of: uuid) { buffer.appendRaw($0) }
    }

    /// Reads a `uuid`.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> UUID {
        guard type == .uuid else { throw .cannotRead(type, as: UUID.self) }
        guard bytes.byteCount == 16 else { throw .malformed(type, as: UUID.self, length: bytes.byteCount) }
        return UUID(uuid: bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
    }
}
