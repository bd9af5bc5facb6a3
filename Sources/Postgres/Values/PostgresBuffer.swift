/// The bytes of a statement's parameters, one after the other.
public struct PostgresBuffer: Sendable {
    private(set) var bytes: [UInt8] = []

    init() {}

    /// Appends an integer in network byte order.
    @inlinable
    public mutating func append<Integer: FixedWidthInteger>(_ integer: Integer) {
        withUnsafeBytes(of: integer.bigEndian) { appendRaw($0) }
    }

    /// Appends bytes as they are.
    @inlinable
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { appendRaw(UnsafeRawBufferPointer($0)) }
        if done == nil { appendEach(bytes) }
    }

    /// Appends text, which must not hold a NUL: PostgreSQL's text cannot.
    ///
    /// - Throws: ``PostgresValueError`` when it does.
    public mutating func append(text: String) throws(PostgresValueError) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        guard !bytes[start...].contains(0) else {
            throw PostgresValueError("holds a NUL character, which PostgreSQL's text cannot; remove it or use bytea")
        }
    }

    /// Makes room for so many more bytes at once.
    public mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(bytes.count + count)
    }

    @usableFromInline
    mutating func appendRaw(_ raw: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: raw)
    }

    @usableFromInline
    mutating func appendEach(_ sequence: some Sequence<UInt8>) {
        bytes.append(contentsOf: sequence)
    }

    var count: Int { bytes.count }

    /// Writes the length of what follows `offset + 4`, which was not known when its place was appended.
    mutating func patchLength(at offset: Int) {
        patch(Int32(truncatingIfNeeded: bytes.count - offset - 4), at: offset)
    }

    /// Writes an integer in network byte order over the bytes at `offset`.
    mutating func patch(_ integer: Int32, at offset: Int) {
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: integer.bigEndian, toByteOffset: offset, as: Int32.self) }
    }
}

extension RawSpan {
    /// The integer in network byte order at `offset`, which the caller has checked to be in range.
    func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_: Integer.Type, at offset: Int = 0) -> Integer {
        Integer(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}
