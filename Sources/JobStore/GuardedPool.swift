public import Platform
public import Postgres

/// A pool of connections behind a circuit breaker.
///
/// A pool refuses at once while nothing can be connected to. What it cannot see is a server that holds its connections open
/// and no longer answers, as one that is stopped or cut off does: there the breaker gives statements up that should be quick,
/// and refuses the next ones at once.
public struct GuardedPool: Sendable {
    /// How long a statement that is always quick may take.
    public static let limit = Duration.seconds(5)

    private let pool: PostgresPool
    private let breaker: CircuitBreaker?

    /// A pool, and what guards it; without a breaker it is used as it is.
    public init(_ pool: PostgresPool, breaker: CircuitBreaker? = nil) {
        self.pool = pool
        self.breaker = breaker
    }

    /// Runs tasks where using the pool changes no threads; nil when there is no such place.
    var executor: (any TaskExecutor)? { pool.executor }

    /// Runs a statement that may take its time.
    ///
    /// - Throws: ``CircuitOpen`` at once while the circuit is open; what the pool throws.
    func query(_ statement: PostgresStatement, _ parameters: any PostgresEncodable...) async throws -> PostgresRows {
        try await run { try await $0.query(statement, parameters: parameters) }
    }

    /// Runs statements in one round trip, as one transaction.
    ///
    /// - Parameter limit: How long they may take, as they are always quick; nil when they may take their time.
    /// - Throws: ``CircuitOpen`` at once while the circuit is open; ``CallTooLate``; what the pool throws.
    func pipeline(
        _ statements: [PostgresStatement.Bound],
        limit: Duration? = Self.limit
    ) async throws -> [PostgresRows] {
        try await run(limit: limit) { try await $0.pipeline(statements) }
    }

    /// Runs statements in a transaction, which may take its time.
    ///
    /// - Throws: ``CircuitOpen`` at once while the circuit is open; what the pool or the body throws.
    func withTransaction<Result: Sendable>(
        _ body: @escaping @Sendable (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        try await run { try await $0.withTransaction { try await body($0) } }
    }

    private func run<Result: Sendable>(
        limit: Duration? = nil,
        _ body: @escaping @Sendable (PostgresPool) async throws -> Result
    ) async throws -> Result {
        guard let breaker else { return try await body(pool) }
        return try await breaker.run(limit: limit, isFailure: \.isDatabaseAway) { [pool] in try await body(pool) }
    }
}

extension Error {
    /// Whether the database does not work. That it undid a transaction in favour of another one is an answer.
    fileprivate var isDatabaseAway: Bool {
        guard let error = self as? PostgresError else { return false }
        return error.isTransient && !error.isConflict && error.sqlState != .lockNotAvailable
    }
}
