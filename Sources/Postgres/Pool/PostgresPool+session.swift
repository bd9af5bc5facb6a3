/// A pool runs each call on whichever connection is free.
extension PostgresPool: PostgresSession {
    /// Runs one statement.
    @discardableResult
    public func query(
        _ statement: PostgresStatement,
        parameters: [any PostgresEncodable]
    ) async throws -> PostgresRows {
        try await withConnection { try await $0.query(statement, parameters: parameters) }
    }

    /// Runs SQL that has no parameters.
    public func execute(_ sql: String) async throws {
        try await withConnection { try await $0.execute(sql) }
    }

    /// Runs several statements in one round trip, as one transaction.
    @discardableResult
    public func pipeline(_ statements: [PostgresStatement.Bound]) async throws -> [PostgresRows] {
        try await withConnection { try await $0.pipeline(statements) }
    }

    /// Runs `COPY ... FROM STDIN` with the bytes of a sequence.
    @discardableResult
    public func copyIn<Chunks: AsyncSequence & Sendable>(
        _ statement: String,
        from chunks: Chunks
    ) async throws -> Int where Chunks.Element == [UInt8] {
        try await withConnection { try await $0.copyIn(statement, from: chunks) }
    }

    /// Stores rows through `COPY` in binary format.
    @discardableResult
    public func copyIn<Rows: AsyncSequence & Sendable>(
        into table: String,
        columns: [String],
        rows: Rows
    ) async throws -> Int where Rows.Element == [any PostgresEncodable] {
        try await withConnection { try await $0.copyIn(into: table, columns: columns, rows: rows) }
    }
}
