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
