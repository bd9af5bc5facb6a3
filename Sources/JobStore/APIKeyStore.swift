import Formats
public import Foundation
public import JobCore
import Postgres

/// Keeps the API keys. Whatever is done to one is put on record in the same transaction.
public struct APIKeyStore: Sendable {
    private let pool: PostgresPool
    private let guarded: GuardedPool
    private let limits: TenantLimits

    init(pool: PostgresPool, guarded: GuardedPool, limits: TenantLimits) {
        self.pool = pool
        self.guarded = guarded
        self.limits = limits
    }

    /// The key on record for one that somebody sent; nil when it is none, or good no more. Notes that it is used.
    package func key(hash: [UInt8]) async throws -> APIKey? {
        try await guarded.pipeline([Statements.findAPIKey.bind(hash)])[0].first.map(APIKey.init(row:))
    }

    /// A page of keys, the newest first, revoked ones too.
    ///
    /// - Parameters:
    ///   - tenant: Whose; nil means everybody's.
    ///   - cursor: The last key of the page before; nil for the first page.
    public func keys(of tenant: TenantName?, after cursor: UUID?, limit: Int) async throws -> [APIKey] {
        try await pool.query(Statements.listAPIKeys, tenant?.rawValue, cursor, Int32(limit)).map(APIKey.init(row:))
    }

    /// Makes a key.
    ///
    /// - Parameter makesTenant: Whether its tenant is made if it is new.
    /// - Returns: The key on record, and the key itself, which cannot be had again.
    /// - Throws: ``TenantLimitReached``; ``TenantClosed``; ``TenantUnknown``.
    public func create(
        _ new: NewAPIKey,
        makesTenant: Bool = true,
        by actor: AuditActor
    ) async throws -> (key: APIKey, secret: String) {
        let secret = SecretToken(prefix: SecretToken.apiKeyPrefix)
        return try await pool.withTransaction { transaction in
            let room = try await TenantRoom(locking: new.tenant, usual: limits, isMade: makesTenant, transaction)
            let used = try await transaction.query(Statements.countAPIKeys, new.tenant.rawValue).single(Int64.self)
            try room.check(.apiKeys, used: Int(used))
            let rows = try await transaction.query(
                Statements.insertAPIKey,
                UUID.version7(),
                new.tenant.rawValue,
                new.name,
                secret.shown,
                secret.hash,
                new.role.rawValue,
                new.scopes.map { $0.map(\.rawValue).sorted() },
                actor.name,
                new.expiresAt
            )
            guard let row = rows.first else { throw NoRow() }
            let key = try APIKey(row: row)
            let entry = AuditEntry(.createAPIKey, target: key.id.text, by: actor) { key.describe(in: &$0) }
            _ = try await transaction.pipeline([entry.statement])
            return (key, secret.text)
        }
    }

    /// Revokes a key.
    ///
    /// - Returns: Whether there was one of this id that was not revoked before.
    public func revoke(_ id: UUID, by actor: AuditActor) async throws -> Bool {
        try await pool.withTransaction { transaction in
            guard let key = try await transaction.query(Statements.revokeAPIKey, id).first.map(APIKey.init(row:)) else {
                return false
            }
            let entry = AuditEntry(.revokeAPIKey, target: id.text, by: actor) { key.describe(in: &$0) }
            _ = try await transaction.pipeline([entry.statement, Revocation.key(id).statement])
            return true
        }
    }
}

extension APIKey {
    /// Reads a row with the columns of an API key.
    fileprivate init(row: PostgresRow) throws {
        id = try row.decode("id", as: UUID.self)
        tenant = TenantName(validated: try row.decode("tenant", as: String.self))
        name = try row.decode("name", as: String.self)
        prefix = try row.decode("prefix", as: String.self)
        role = try row.decode("role", as: Role.self)
        // A scope that this version does not know allows nothing here.
        scopes = try row.decode("scopes", as: [String]?.self).map { Set($0.compactMap(Scope.init)) }
        createdBy = try row.decode("created_by", as: String.self)
        createdAt = try row.decode("created_at", as: Date.self)
        expiresAt = try row.decode("expires_at", as: Date?.self)
        lastUsedAt = try row.decode("last_used_at", as: Date?.self)
        revokedAt = try row.decode("revoked_at", as: Date?.self)
    }

    fileprivate func describe(in writer: inout JSONWriter) {
        writer.member("name", name)
        writer.member("prefix", prefix)
        writer.member("tenant", tenant.rawValue)
        writer.member("role", role.rawValue)
        if let scopes { writer.member("scopes", scopes.map(\.rawValue).sorted()) }
    }
}
