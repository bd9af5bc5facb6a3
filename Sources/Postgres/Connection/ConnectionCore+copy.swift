import CLibPQ

extension ConnectionCore {
    /// Begins `COPY ... FROM STDIN`.
    func beginCopy(_ sql: String, _ operation: String) async throws {
        try await converse(operation) { core, link, exchange in
            guard link.sendQuery(sql) else { throw core.sendFailure(link, exchange) }
            try await core.flush(link, exchange)
            guard let first = try await core.nextResult(link, exchange) else { throw core.lost(link, exchange, nil) }
            if first.status == PGRES_COPY_IN { return }
            guard first.status == PGRES_FATAL_ERROR else {
                let error = exchange.failure(.usage, "the statement is not COPY ... FROM STDIN")
                core.drop(error)
                throw error
            }
            let failure = first.error(.server, operation: operation)
            while try await core.nextResult(link, exchange) != nil {}
            throw link.isBroken ? core.lost(link, exchange, failure) : failure
        }
    }

    /// Sends rows; returns when the kernel has taken them, so that a slow server slows the caller down.
    func sendCopy(_ bytes: [UInt8], _ operation: String) async throws {
        try await converse(operation) { core, link, exchange in
            while true {
                guard let isTaken = link.putCopyData(bytes) else { throw core.lost(link, exchange, nil) }
                try await core.flush(link, exchange)
                if isTaken { return }
            }
        }
    }

    /// Ends the copy.
    ///
    /// - Parameter failure: Why the rows sent so far shall be dropped; `nil` keeps them.
    /// - Returns: How many rows the server has stored.
    func endCopy(_ operation: String, failure: String? = nil) async throws -> Int {
        try await converse(operation, heedsCancellation: failure == nil) { core, link, exchange in
            while true {
                guard let isTaken = link.putCopyEnd(failure: failure) else { throw core.lost(link, exchange, nil) }
                try await core.flush(link, exchange)
                if isTaken { break }
            }
            return try await core.collectResults(link, exchange).affectedRows
        }
    }

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
