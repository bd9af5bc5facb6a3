extension ConnectionCore {
    /// Feeds a copy from a sequence, and drops all of it if the sequence or the task ends early.
    nonisolated func copyIn<Chunks: AsyncSequence>(
        _ sql: String,
        _ operation: String,
        from chunks: Chunks
    ) async throws -> Int where Chunks.Element == [UInt8] {
        try await beginCopy(sql, operation)
        do {
            for try await chunk in chunks where !chunk.isEmpty { try await sendCopy(chunk, operation) }
            try Task.checkCancellation()
        } catch {
            // The refusal that the server answers with repeats what is thrown here.
            _ = try? await endCopy(operation, failure: "the client gave up")
            throw error
        }
        return try await endCopy(operation)
    }

    /// Encodes rows as the table's columns need them and feeds them to a copy.
    nonisolated func copyIn<Rows: AsyncSequence & Sendable>(
        into table: String,
        columns: [String],
        rows: Rows
    ) async throws -> Int where Rows.Element == [any PostgresEncodable] {
        let name = table.split(separator: ".", omittingEmptySubsequences: false).map { quoted(String($0)) }
            .joined(separator: ".")
        let list = columns.map(quoted).joined(separator: ", ")
        let operation = "copy into \(table)"
        // Preparing a query of the columns is how their types become known; it is never run.
        let probe = PostgresStatement(operation, "SELECT \(list) FROM \(name)")
        let types = try await prepared(probe).columnTypes
        let chunks = BinaryCopyChunks(rows: rows, types: types, columns: columns, operation: operation)
        return try await copyIn("COPY \(name) (\(list)) FROM STDIN (FORMAT binary)", operation, from: chunks)
    }
}
