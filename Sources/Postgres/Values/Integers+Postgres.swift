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
