/// A session on one connection: a core, and a gate that lets one statement through at a time.
protocol GatedSession: PostgresSession {
    var core: ConnectionCore { get }

    /// Waits for the caller's turn.
    nonisolated(nonsending) func withTurn<Result>(
        _ body: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result
}

extension GatedSession {
    /// Runs one statement.
    @discardableResult
    public func query(
        _ statement: PostgresStatement,
        parameters: [any PostgresEncodable]
    ) async throws -> PostgresRows {
        try await withTurn { try await core.query(statement, parameters: parameters) }
    }

    /// Runs SQL that has no parameters.
    public func execute(_ sql: String) async throws {
        try await withTurn { _ = try await core.execute(sql) }
    }

    /// Runs several statements in one round trip.
    @discardableResult
    public func pipeline(_ statements: [PostgresStatement.Bound]) async throws -> [PostgresRows] {
        try await withTurn { try await core.pipeline(statements) }
    }

    /// Runs `COPY ... FROM STDIN` with the bytes of a sequence.
    @discardableResult
    public func copyIn<Chunks: AsyncSequence & Sendable>(
        _ statement: String,
        from chunks: Chunks
    ) async throws -> Int where Chunks.Element == [UInt8] {
        try await withTurn { try await core.copyIn(statement, "copy", from: chunks) }
    }

    /// Stores rows through `COPY` in binary format.
    @discardableResult
    public func copyIn<Rows: AsyncSequence & Sendable>(
        into table: String,
        columns: [String],
        rows: Rows
    ) async throws -> Int where Rows.Element == [any PostgresEncodable] {
        try await withTurn { try await core.copyIn(into: table, columns: columns, rows: rows) }
    }
}
