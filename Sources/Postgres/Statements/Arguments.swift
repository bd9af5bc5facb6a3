/// A statement's parameters in binary form, all in one buffer.
struct Arguments: Sendable {
    private var buffer = PostgresBuffer()
    /// Where each parameter begins; -1 for null.
    private var offsets: [Int] = []
    private var lengths: [Int32] = []

    /// libpq counts a value's bytes in 32 bits, and the server takes a message of at most 1 GiB.
    private static let maximumLength = 1 << 30

    mutating func append(_ value: any PostgresEncodable, as type: PostgresType) throws(PostgresValueError) {
        if value.isPostgresNull {
            offsets.append(-1)
            lengths.append(0)
            return
        }
        let start = buffer.count
        try value.encode(as: type, into: &buffer)
        let length = buffer.count - start
        guard length < Self.maximumLength else {
            throw PostgresValueError("is \(length) bytes long; PostgreSQL takes less than \(Self.maximumLength)")
        }
        offsets.append(start)
        lengths.append(Int32(length))
    }

    /// Lends the three arrays that libpq takes: values, lengths and formats (all binary).
    func withPointers<Result>(
        _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Result
    ) -> Result {
        let formats = [Int32](repeating: 1, count: offsets.count)
        return buffer.bytes.withUnsafeBytes { bytes in
            // An empty value still needs an address: a null pointer would mean SQL's null.
            withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { empty in
                let base = bytes.baseAddress ?? UnsafeRawPointer(empty.baseAddress)
                let values = offsets.map { offset -> UnsafePointer<CChar>? in
                    offset < 0 ? nil : base.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }
                }
                return values.withUnsafeBufferPointer { body($0, lengths, formats) }
            }
        }
    }
}
