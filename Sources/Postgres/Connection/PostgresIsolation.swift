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
