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
