/// Rows in `COPY`'s binary format, gathered into chunks of about 64 KiB.
///
/// See "Binary Format" on the manual's page of `COPY`.
struct BinaryCopyChunks<Rows: AsyncSequence & Sendable>: AsyncSequence, Sendable
where Rows.Element == [any PostgresEncodable] {
    typealias Element = [UInt8]

    let rows: Rows
    let types: [PostgresType]
    let columns: [String]
    let operation: String

    func makeAsyncIterator() -> Iterator {
        Iterator(rows: rows.makeAsyncIterator(), types: types, columns: columns, operation: operation)
    }

    struct Iterator: AsyncIteratorProtocol {
        private static var chunkLength: Int { 64 * 1024 }
        /// "PGCOPY", then bytes that show whether a transfer has mangled them.
        private static var signature: [UInt8] {
            [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]
        }

        var rows: Rows.AsyncIterator
        let types: [PostgresType]
        let columns: [String]
        let operation: String
        private var rowCount = 0
        private var isAtEnd = false

        init(rows: Rows.AsyncIterator, types: [PostgresType], columns: [String], operation: String) {
            self.rows = rows
            self.types = types
            self.columns = columns
            self.operation = operation
        }

        mutating func next() async throws -> [UInt8]? {
            if isAtEnd { return nil }
            var buffer = PostgresBuffer()
            buffer.reserve(Self.chunkLength)
            if rowCount == 0 {
                buffer.append(Self.signature)
                buffer.append(Int32(0))
                buffer.append(Int32(0))
            }
            while buffer.count < Self.chunkLength {
                guard let row = try await rows.next() else {
                    buffer.append(Int16(-1))
                    isAtEnd = true
                    break
                }
                try append(row, to: &buffer)
                rowCount += 1
            }
            return buffer.bytes
        }

        private func append(_ row: [any PostgresEncodable], to buffer: inout PostgresBuffer) throws(PostgresError) {
            guard row.count == types.count else {
                throw failure("row \(rowCount) has \(row.count) values, but there are \(types.count) columns")
            }
            buffer.append(Int16(truncatingIfNeeded: row.count))
            for index in row.indices {
                if row[index].isPostgresNull {
                    buffer.append(Int32(-1))
                    continue
                }
                let length = buffer.count
                buffer.append(Int32(0))
                do throws(PostgresValueError) {
                    try row[index].encode(as: types[index], into: &buffer)
                } catch {
                    throw failure("column \"\(columns[index])\" of row \(rowCount) \(error)")
                }
                buffer.patchLength(at: length)
            }
        }

        private func failure(_ message: String) -> PostgresError {
            PostgresError(.encoding, operation: operation, message: message)
        }
    }
}
