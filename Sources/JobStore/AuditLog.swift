public import Foundation
import Postgres

/// Reads who did what.
public struct AuditLog: Sendable {
    private let pool: PostgresPool

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// A page of what was done, the latest first.
    ///
    /// - Parameters:
    ///   - actor: By whom; nil for anybody.
    ///   - action: What, such as `users.create`; nil for anything.
    ///   - cursor: Where the page before ended; nil for the first page.
    ///   - budget: How many records may be looked at.
    public func records(
        by actor: String?,
        action: String?,
        after cursor: Int64?,
        limit: Int,
        budget: Int = WalkedPage<AuditRecord>.budget
    ) async throws -> WalkedPage<AuditRecord> {
        let rows = try await pool.query(Statements.listAudit, actor, action, cursor, Int32(limit + 1), Int32(budget))
        return try WalkedPage(rows, limit: limit, budget: budget) { row in
            AuditRecord(
                id: try row.decode("id", as: Int64.self),
                at: try row.decode("at", as: Date.self),
                actor: try row.decode("actor", as: String.self),
                tenant: try row.decode("tenant", as: String.self),
                action: try row.decode("action", as: String.self),
                target: try row.decode("target", as: String.self),
                details: try row.decode("details", as: PostgresJSON.self).bytes
            )
        }
    }
}

/// One thing that somebody did.
public struct AuditRecord: Sendable {
    /// Its place in the log.
    public var id: Int64
    /// When it was done.
    public var at: Date
    /// Who did it.
    public var actor: String
    /// Of which tenant.
    public var tenant: String
    /// What was done, such as `users.create`.
    public var action: String
    /// To what.
    public var target: String
    /// What else is to be known, as a JSON object.
    public var details: [UInt8]
}
