/// PostgreSQL's binary format of arrays (`array_recv` in `src/backend/utils/adt/arrayfuncs.c`).
enum ArrayCoding {
    /// Bytes before the first element of a one-dimensional array.
    private static let headerLength = 20

    @inline(__always)
    static func encode<Element: PostgresEncodable>(
        _ elements: [Element],
        as type: PostgresType,
        into buffer: inout PostgresBuffer
    ) throws(PostgresValueError) {
        guard let elementType = type.arrayElement else {
            throw type.isUserDefined ? unknownElement(type) : .cannotSend([Element].self, as: type)
        }
        buffer.reserve(headerLength + elements.count * (4 + max(MemoryLayout<Element>.size, 8)))
        buffer.append(Int32(elements.isEmpty ? 0 : 1))
        let flags = buffer.count
        buffer.append(Int32(0))
        buffer.append(elementType.rawValue)
        if elements.isEmpty { return }
        buffer.append(Int32(truncatingIfNeeded: elements.count))
        buffer.append(Int32(1))
        var hasNull = false
        for element in elements {
            if element.isPostgresNull {
                buffer.append(Int32(-1))
                hasNull = true
            } else {
                let length = buffer.count
                buffer.append(Int32(0))
                try element.encode(as: elementType, into: &buffer)
                buffer.patchLength(at: length)
            }
        }
        if hasNull { buffer.patch(Int32(1), at: flags) }
    }

    @inline(__always)
    static func decode<Element: PostgresDecodable>(
        _ bytes: RawSpan,
        as type: PostgresType
    ) throws(PostgresValueError) -> [Element] {
        guard type.arrayElement != nil || type.isUserDefined else { throw .cannotRead(type, as: [Element].self) }
        guard bytes.byteCount >= 12 else { throw .malformed(type, as: [Element].self, length: bytes.byteCount) }
        let dimensions = bytes.bigEndian(Int32.self)
        if dimensions == 0 { return [] }
        guard dimensions == 1 else {
            throw PostgresValueError("is an array of \(dimensions) dimensions; only one is supported")
        }
        guard bytes.byteCount >= headerLength else {
            throw .malformed(type, as: [Element].self, length: bytes.byteCount)
        }
        let elementType = PostgresType(rawValue: bytes.bigEndian(UInt32.self, at: 8))
        let count = Int(bytes.bigEndian(Int32.self, at: 12))
        // Each element takes at least its length, so a wrong count cannot reserve more than was received.
        guard count >= 0, count <= (bytes.byteCount - headerLength) / 4 else {
            throw .malformed(type, as: [Element].self, length: bytes.byteCount)
        }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        var offset = headerLength
        for _ in 0..<count {
            guard bytes.byteCount - offset >= 4 else {
                throw .malformed(type, as: [Element].self, length: bytes.byteCount)
            }
            let length = Int(bytes.bigEndian(Int32.self, at: offset))
            offset += 4
            if length < 0 {
                elements.append(try Element.decodeNull())
            } else {
                guard length <= bytes.byteCount - offset else {
                    throw .malformed(type, as: [Element].self, length: bytes.byteCount)
                }
                elements.append(try Element.decode(bytes.extracting(offset..<offset + length), as: elementType))
                offset += length
            }
        }
        return elements
    }

    private static func unknownElement(_ type: PostgresType) -> PostgresValueError {
        PostgresValueError(
            "is an array of a type that a user created (\(type)); send text and cast it in the SQL: $1::text[]::my_type[]"
        )
    }
}
