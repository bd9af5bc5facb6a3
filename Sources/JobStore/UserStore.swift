import Formats
public import Foundation
public import JobCore
import Postgres

/// Keeps the accounts. Whatever is done to one is put on record, and ends its tokens, in the same transaction.
public struct UserStore: Sendable {
    private let pool: PostgresPool
    private let guarded: GuardedPool

    init(pool: PostgresPool, guarded: GuardedPool) {
        self.pool = pool
        self.guarded = guarded
    }

    /// What somebody who logs in under a name is checked against; nil when there is no such account.
    public func login(_ username: Username) async throws -> LoginRecord? {
        let rows = try await guarded.pipeline([Statements.findLogin.bind(username.rawValue)])[0]
        return try rows.first.map { row in
            let text = try row.decode("password_hash", as: String.self)
            guard let hash = PasswordHash(text) else { throw UnknownNameInColumn(column: "password_hash", text: "...") }
            return LoginRecord(
                user: try User(row: row),
                passwordHash: hash,
                settingsHash: try row.decode("settings_hash", as: String?.self).flatMap { PasswordHash($0) }
            )
        }
    }

    /// One account; nil when there is none of this id.
    public func user(_ id: UUID) async throws -> User? {
        try await pool.query(Statements.findUser, id).first.map(User.init(row:))
    }

    /// A page of accounts, the newest first.
    ///
    /// - Parameters:
    ///   - tenant: Whose; nil means everybody's.
    ///   - cursor: The last account of the page before; nil for the first page.
    public func users(of tenant: TenantName?, after cursor: UUID?, limit: Int) async throws -> [User] {
        try await pool.query(Statements.listUsers, tenant?.rawValue, cursor, Int32(limit)).map(User.init(row:))
    }

    /// Makes an account.
    ///
    /// - Parameter makesTenant: Whether its tenant is made if it is new.
    /// - Returns: The account; nil when the name is taken.
    /// - Throws: ``TenantClosed``; ``TenantUnknown``.
    public func create(_ new: NewUser, makesTenant: Bool = true, by actor: AuditActor) async throws -> User? {
        try await create(new, settingsHash: nil, makesTenant: makesTenant, by: actor)
    }

    /// Changes an account.
    ///
    /// - Parameter check: Throws when the account, as it is until it is changed, may not be changed so.
    /// - Returns: The account as it is then; nil when there is none of this id.
    public func update(
        _ id: UUID,
        _ change: UserChange,
        by actor: AuditActor,
        check: @Sendable (User) throws -> Void = { _ in }
    ) async throws -> User? {
        try await update(id, change, settingsHash: nil, by: actor, check: check)
    }

    /// Removes an account for ever.
    ///
    /// - Returns: The epoch up to which its tokens are worth nothing; nil when there was none of this id.
    @discardableResult
    public func delete(_ id: UUID, by actor: AuditActor) async throws -> Int? {
        try await pool.withTransaction { transaction in
            guard let user = try await transaction.query(Statements.deleteUser, id).first.map(User.init(row:)) else {
                return nil
            }
            let entry = AuditEntry(.deleteUser, target: id.text, by: actor) { $0.member("username", user.username) }
            let epoch = user.epoch + 1
            let revocation = Revocation.user(id, epoch: epoch)
            _ = try await transaction.pipeline([entry.statement, revocation.statement])
            return epoch
        }
    }

    /// Sees to it that the administrator whom a process's settings name can log in.
    ///
    /// A missing account is made. One that exists gets the password, the role and access when the settings give another
    /// password than they did last; a password that was changed through the API stays until then.
    public func ensureAdministrator(_ username: Username, password: String, hasher: PasswordHasher) async throws {
        if let record = try await login(username) {
            if let last = record.settingsHash, try await hasher.verify(password, against: last) { return }
            let hash = try await hasher.hash(password)
            let change = UserChange(role: .admin, passwordHash: hash, isDisabled: false)
            _ = try await update(record.user.id, change, settingsHash: hash, by: .settings)
        } else {
            let hash = try await hasher.hash(password)
            let user = NewUser(tenant: .default, username: username, role: .admin, passwordHash: hash)
            // Nothing comes of it when another process was faster.
            _ = try await create(user, settingsHash: hash, makesTenant: true, by: .settings)
        }
    }

    private func create(
        _ new: NewUser,
        settingsHash: PasswordHash?,
        makesTenant: Bool,
        by actor: AuditActor
    ) async throws -> User? {
        try await pool.withTransaction { transaction in
            _ = try await TenantRoom(locking: new.tenant, usual: TenantLimits(), isMade: makesTenant, transaction)
            let row = try await transaction.query(
                Statements.insertUser,
                UUID.version7(),
                new.tenant.rawValue,
                new.username.rawValue,
                new.role.rawValue,
                new.passwordHash.description,
                settingsHash?.description
            ).first
            guard let user = try row.map(User.init(row:)) else { return nil }
            let entry = AuditEntry(.createUser, target: user.id.text, by: actor) {
                $0.member("username", user.username)
                $0.member("tenant", user.tenant.rawValue)
                $0.member("role", user.role.rawValue)
            }
            _ = try await transaction.pipeline([entry.statement])
            return user
        }
    }

    private func update(
        _ id: UUID,
        _ change: UserChange,
        settingsHash: PasswordHash?,
        by actor: AuditActor,
        check: @Sendable (User) throws -> Void = { _ in }
    ) async throws -> User? {
        try await pool.withTransaction { transaction in
            guard let before = try await transaction.query(Statements.lockUser, id).first else { return nil }
            try check(try User(row: before))
            let row = try await transaction.query(
                Statements.updateUser,
                id,
                change.role?.rawValue,
                change.passwordHash?.description,
                change.isDisabled,
                settingsHash?.description
            ).first
            guard let user = try row.map(User.init(row:)) else { return nil }
            let entry = AuditEntry(.updateUser, target: id.text, by: actor) {
                $0.member("username", user.username)
                if let role = change.role { $0.member("role", role.rawValue) }
                if let isDisabled = change.isDisabled { $0.member("disabled", isDisabled) }
                if change.passwordHash != nil { $0.member("password", "changed") }
            }
            let revocation = Revocation.user(id, epoch: user.epoch)
            _ = try await transaction.pipeline([
                Statements.endSessions.bind(id), entry.statement, revocation.statement,
            ])
            return user
        }
    }
}

extension User {
    /// Reads a row with the columns of an account.
    init(row: PostgresRow) throws {
        id = try row.decode("id", as: UUID.self)
        tenant = TenantName(validated: try row.decode("tenant", as: String.self))
        username = try row.decode("username", as: String.self)
        role = try row.decode("role", as: Role.self)
        isDisabled = try row.decode("disabled", as: Bool.self)
        epoch = Int(try row.decode("epoch", as: Int32.self))
        createdAt = try row.decode("created_at", as: Date.self)
        updatedAt = try row.decode("updated_at", as: Date.self)
    }
}
