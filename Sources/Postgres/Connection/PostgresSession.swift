/// Where statements can be sent: a connection, a transaction, or a pool.
///
/// Code that takes `some PostgresSession` works inside and outside a transaction.
public protocol PostgresSession: Sendable {
    /// Runs one statement.
    ///
    /// Cancelling the task cancels the statement on the server.
    ///
    /// - Parameters:
    ///   - statement: What to run; a connection prepares it on first use.
    ///   - parameters: `$1` first, as many as the statement has.
    /// - Returns: The rows, decoded on demand.
    /// - Throws: ``PostgresError``, or `CancellationError` when the statement was cancelled.
    @discardableResult
    func query(_ statement: PostgresStatement, parameters: [any PostgresEncodable]) async throws -> PostgresRows

    /// Runs SQL that has no parameters; several commands, separated by semicolons, are one transaction.
    ///
    /// - Throws: ``PostgresError``, or `CancellationError` when it was cancelled.
    func execute(_ sql: String) async throws

    /// Runs several statements in one round trip.
    ///
    /// Outside a transaction they are one by themselves: an error undoes and skips all of them. Inside a transaction an error
    /// fails the transaction.
    ///
    /// - Returns: The rows of each statement, in order.
    /// - Throws: ``PostgresError`` of the first statement that failed, naming it, or `CancellationError`.
    @discardableResult
    func pipeline(_ statements: [PostgresStatement.Bound]) async throws -> [PostgresRows]

    /// Runs `COPY ... FROM STDIN` with the bytes of a sequence, which is read only as fast as the server takes them.
    ///
    /// - Parameters:
    ///   - statement: The whole `COPY` command, which decides the bytes' format.
    ///   - chunks: The bytes, cut anywhere.
    /// - Returns: How many rows were stored.
    /// - Throws: ``PostgresError``, what the sequence throws, or `CancellationError`; nothing is stored then.
    @discardableResult
    func copyIn<Chunks: AsyncSequence & Sendable>(
        _ statement: String,
        from chunks: Chunks
    ) async throws -> Int where Chunks.Element == [UInt8]

    /// Stores rows through `COPY` in binary format, the fastest way in.
    ///
    /// - Parameters:
    ///   - table: The table's name, with its schema if needed (`audit.events`); quoted here.
    ///   - columns: The columns that each row gives, in order; quoted here.
    ///   - rows: The rows, read only as fast as the server takes them.
    /// - Returns: How many rows were stored.
    /// - Throws: ``PostgresError``, what the sequence throws, or `CancellationError`; nothing is stored then.
    @discardableResult
    func copyIn<Rows: AsyncSequence & Sendable>(
        into table: String,
        columns: [String],
        rows: Rows
    ) async throws -> Int where Rows.Element == [any PostgresEncodable]
}

extension PostgresSession {
    /// Runs one statement.
    ///
    /// - Parameters:
    ///   - statement: What to run; a connection prepares it on first use.
    ///   - parameters: `$1` first, as many as the statement has.
    /// - Returns: The rows, decoded on demand.
    /// - Throws: ``PostgresError``, or `CancellationError` when the statement was cancelled.
    @discardableResult
    public func query(
        _ statement: PostgresStatement,
        _ parameters: any PostgresEncodable...
    ) async throws -> PostgresRows {
        try await query(statement, parameters: parameters)
    }
}
