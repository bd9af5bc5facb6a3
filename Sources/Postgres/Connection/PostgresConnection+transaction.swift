import Logging

extension PostgresConnection {
    /// Runs `body` inside a transaction, in the caller's isolation.
    ///
    /// The transaction is committed when `body` returns and rolled back when it throws or the task is cancelled. If rolling
    /// back fails, the connection is closed, so that the server does it.
    ///
    /// - Parameters:
    ///   - isolation: `nil` means the server's default, usually ``PostgresIsolation/readCommitted``.
    ///   - isReadOnly: Whether the server shall refuse changes.
    ///   - body: Uses the transaction it is given, not the connection.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; ``PostgresError``, of kind `transactionAborted` when a statement had failed and
    ///   `body` returned nevertheless, and `commitOutcomeUnknown` when the connection broke during the commit.
    @discardableResult
    public nonisolated(nonsending) func transaction<Result>(
        isolation: PostgresIsolation? = nil,
        isReadOnly: Bool = false,
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        try await withTurn {
            var begin = "BEGIN"
            if let isolation { begin += " ISOLATION LEVEL \(isolation.sql)" }
            if isReadOnly { begin += " READ ONLY" }
            _ = try await core.execute(begin, "begin")
            let transaction = PostgresTransaction(core: core)
            let result: Result
            do {
                result = try await transaction.asSurrounding { try await body(transaction) }
                await transaction.end()
                try Task.checkCancellation()
            } catch {
                await transaction.end()
                await rollBack()
                throw error
            }
            try await commit()
            return result
        }
    }

    private nonisolated(nonsending) func commit() async throws {
        do {
            let answer = try await core.execute("COMMIT", "commit")
            // The server answers COMMIT so when a statement of the transaction has failed.
            guard answer.commandTag != "ROLLBACK" else {
                throw PostgresError(
                    .transactionAborted,
                    operation: "commit",
                    message: "the transaction was rolled back, since one of its statements had failed",
                    hint: "Let the error of the statement leave the transaction's closure."
                )
            }
        } catch  where status.state == .closed {
            throw PostgresError(
                .commitOutcomeUnknown,
                operation: "commit",
                message: "the connection broke before the server answered (\(error))",
                hint: "Look in the database whether the transaction has taken effect before repeating it."
            )
        } catch {
            if status.state != .idle { await rollBack() }
            throw error
        }
    }

    /// Ends the transaction without its effects, also in a cancelled task.
    nonisolated(nonsending) func rollBack() async {
        do {
            _ = try await core.execute("ROLLBACK", "roll back", heedsCancellation: false)
        } catch {
            core.logger.debug("closing a connection that cannot roll back", metadata: ["error": "\(error)"])
            await core.close()
        }
    }
}

/// How strictly a transaction is kept apart from others.
///
/// See chapter 13.2, "Transaction Isolation", of PostgreSQL's manual.
public struct PostgresIsolation: Sendable, Hashable {
    let sql: String

    /// Each statement sees what had been committed when it began.
    public static let readCommitted = PostgresIsolation(sql: "READ COMMITTED")
    /// All statements see what had been committed when the first of them began.
    public static let repeatableRead = PostgresIsolation(sql: "REPEATABLE READ")
    /// As if transactions ran one after the other; be prepared to try again on `serializationFailure`.
    public static let serializable = PostgresIsolation(sql: "SERIALIZABLE")
}
