package import Formats
import Foundation
public import JobCore
import Postgres

/// Keeps the tenants. Whatever is done to one is put on record in the same transaction.
public struct TenantStore: Sendable {
    /// The channel on which it is announced that a tenant's state or limits were changed.
    public static let channel = "qf_tenants"

    let pool: PostgresPool
    private let reading: PostgresPool

    init(pool: PostgresPool, reading: PostgresPool) {
        self.pool = pool
        self.reading = reading
    }

    /// The tenants that are not like all others: by their state, or as they have limits of their own.
    public func special() async throws -> [TenantName: TenantStanding] {
        var tenants: [TenantName: TenantStanding] = [:]
        for row in try await pool.query(Statements.specialTenants) {
            tenants[TenantName(validated: try row.decode("name", as: String.self))] = TenantStanding(
                state: try row.decode("state", as: TenantState.self),
                ownLimits: try TenantLimits.own(in: row)
            )
        }
        return tenants
    }

    /// A tenant, and how much it has of what the database knows of; nil when there is none of the name.
    public func find(_ name: TenantName) async throws -> (tenant: Tenant, used: [TenantLimit: Int])? {
        try await reading.query(Statements.findTenant, name.rawValue).first.map { row in
            func figure(_ column: String) throws -> Int { Int(try row.decode(column, as: Int64.self)) }
            let used: [TenantLimit: Int] = [
                .queues: try figure("queues"), .schedules: try figure("schedules"), .firings: try figure("firings"),
                .waitingJobs: try figure("waiting"), .storedBytes: try figure("stored"),
                .apiKeys: try figure("api_keys"), .workers: try figure("workers"),
            ]
            return (try Tenant(row: row), used)
        }
    }

    /// A page of tenants, by name.
    ///
    /// - Parameters:
    ///   - state: Only those that stand so; nil means all.
    ///   - cursor: Only those after it.
    public func tenants(_ state: TenantState?, after cursor: TenantName?, limit: Int) async throws -> [Tenant] {
        try await reading.query(Statements.listTenants, cursor?.rawValue, state?.rawValue, Int32(limit))
            .map(Tenant.init(row:))
    }

    /// Makes a tenant.
    ///
    /// - Parameter limits: Its own; for others the usual ones hold.
    /// - Returns: The tenant; nil when there is one of the name.
    public func create(_ name: TenantName, limits: [TenantLimit: Int], by actor: AuditActor) async throws -> Tenant? {
        try await pool.withTransaction { transaction -> Tenant? in
            let row = try await transaction.query(Statements.insertTenant, name.rawValue, TenantLimits.column(limits))
                .first
            guard let tenant = try row.map(Tenant.init(row:)) else { return nil }
            let entry = AuditEntry(.createTenant, target: name.rawValue, by: actor) { tenant.describe(in: &$0) }
            _ = try await transaction.pipeline([entry.statement])
            return tenant
        }
    }

    /// Changes a tenant's limits or state. Job-services and schedulers hear of it at once.
    ///
    /// - Parameter versions: The versions that may be changed; nil means any.
    public func change(
        _ name: TenantName,
        _ change: TenantChange,
        ifVersion versions: [Int64]?,
        by actor: AuditActor
    ) async throws -> TenantChanged {
        try await pool.withTransaction { transaction -> TenantChanged in
            let row = try await transaction.query(Statements.lockTenant, name.rawValue).first
            guard let old = try row.map(Tenant.init(row:)) else { return .notFound }
            guard versions.map({ $0.contains(old.version) }) ?? true else { return .outdated }
            guard let (state, limits) = change.applied(to: old) else { return .refused(old.state) }
            if state == old.state, limits == old.ownLimits { return .changed(old) }
            let changed = try await transaction.query(
                Statements.changeTenant,
                name.rawValue,
                state.rawValue,
                TenantLimits.column(limits)
            ).first
            guard let new = try changed.map(Tenant.init(row:)) else { return .notFound }
            if (state == .active) != (old.state == .active) {
                _ = try await transaction.pipeline([
                    Statements.restSchedules.bind(name.rawValue, state != .active),
                    Statements.announceSchedules.bind(),
                ])
            }
            let entry = AuditEntry(change.action, target: name.rawValue, by: actor) { new.describe(in: &$0) }
            _ = try await transaction.pipeline([entry.statement])
            return .changed(new)
        }
    }
}

/// How a tenant stands: what is to be known of it for each request.
public struct TenantStanding: Hashable, Sendable {
    /// Where it stands.
    public var state: TenantState
    /// The limits that it has of its own.
    public var ownLimits: [TenantLimit: Int]
}

/// What is to change about a tenant.
public enum TenantChange: Hashable, Sendable {
    /// Its own limits; nil for the usual one, and what is not named stays.
    case limits([TenantLimit: Int?])
    /// It is to rest.
    case suspend
    /// It may go on.
    case resume
    /// All that it has is to be removed.
    case delete

    /// What holds after the change; nil when the tenant's state does not allow it.
    ///
    ///     active <-> suspended -> deleting
    ///
    /// Only a suspended tenant is deleted, and that is not called back. Limits are changed in any state but that.
    package func applied(to tenant: Tenant) -> (state: TenantState, limits: [TenantLimit: Int])? {
        switch (self, tenant.state) {
        case (.delete, .deleting): return (.deleting, tenant.ownLimits)
        case (_, .deleting), (.delete, .active): return nil
        case (.delete, .suspended): return (.deleting, tenant.ownLimits)
        case (.suspend, _): return (.suspended, tenant.ownLimits)
        case (.resume, _): return (.active, tenant.ownLimits)
        case (.limits(let limits), let state):
            return (state, limits.reduce(into: tenant.ownLimits) { $0[$1.key] = $1.value })
        }
    }

    fileprivate var action: AuditEntry.Action {
        switch self {
        case .limits: .updateTenant
        case .suspend: .suspendTenant
        case .resume: .resumeTenant
        case .delete: .deleteTenant
        }
    }
}

/// What became of the wish to change a tenant.
public enum TenantChanged: Hashable, Sendable {
    /// It is as was wished now, or was so before.
    case changed(Tenant)
    /// There is none of the name.
    case notFound
    /// It has none of the versions.
    case outdated
    /// It stands so, which does not allow it.
    case refused(TenantState)
}

extension Tenant {
    /// Reads a row with the columns of a tenant.
    init(row: PostgresRow) throws {
        self.init(
            name: TenantName(validated: try row.decode("name", as: String.self)),
            state: try row.decode("state", as: TenantState.self),
            ownLimits: try TenantLimits.own(in: row),
            version: try row.decode("version", as: Int64.self),
            createdAt: try row.decode("created_at", as: Date.self),
            updatedAt: try row.decode("updated_at", as: Date.self),
            removedJobs: try row.decode("removed_jobs", as: Int64.self)
        )
    }

    fileprivate func describe(in writer: inout JSONWriter) {
        writer.member("state", state.rawValue)
        writer.name("limits")
        writer.object { TenantLimits.write(ownLimits, to: &$0) }
    }
}

extension TenantLimits {
    /// Reads the column `limits`, null for none. A limit that this version does not know holds nobody up.
    static func own(in row: PostgresRow) throws -> [TenantLimit: Int] {
        guard let text = try row.decode("limits", as: String?.self) else { return [:] }
        let values = try JSONDecoder().decode([String: Int].self, from: Data(text.utf8))
        return Dictionary(
            values.compactMap { name, value in TenantLimit(rawValue: name).map { ($0, value) } },
            uniquingKeysWith: { $1 }
        )
    }

    /// Writes own limits as members by their names.
    package static func write(_ limits: [TenantLimit: Int], to object: inout JSONWriter) {
        for limit in TenantLimit.allCases { if let own = limits[limit] { object.member(limit.rawValue, own) } }
    }

    /// Own limits as the column `limits` keeps them.
    fileprivate static func column(_ limits: [TenantLimit: Int]) -> PostgresJSON {
        var writer = JSONWriter()
        writer.object { write(limits, to: &$0) }
        return PostgresJSON(bytes: writer.bytes)
    }
}
