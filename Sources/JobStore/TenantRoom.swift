public import JobCore
import Postgres

/// A tenant that a transaction has locked, so that nobody else makes anything that counts against its limits until that ends: what is
/// counted after it was locked is what there is.
struct TenantRoom {
    /// How much it may have.
    let limits: TenantLimits
    /// How many queues it has.
    let queues: Int

    /// Locks a tenant.
    ///
    /// - Parameters:
    ///   - usual: What it may have where it has no limits of its own.
    ///   - isMade: Whether it is made if it is new.
    /// - Throws: ``TenantUnknown``; ``TenantClosed``.
    init(
        locking tenant: TenantName,
        usual: TenantLimits,
        isMade: Bool = true,
        _ transaction: PostgresTransaction
    ) async throws {
        let lock = Statements.lockTenant.bind(tenant.rawValue)
        let statements = isMade ? [Statements.ensureTenant.bind(tenant.rawValue), lock] : [lock]
        guard let row = try await transaction.pipeline(statements).last?.first else { throw TenantUnknown(tenant) }
        let state = try row.decode("state", as: TenantState.self)
        guard state == .active else { throw TenantClosed(tenant, state) }
        limits = usual.overridden(by: try TenantLimits.own(in: row))
        queues = Int(try row.decode("queues", as: Int64.self))
    }

    /// Checks that there is room.
    ///
    /// - Parameters:
    ///   - used: How much there is.
    ///   - count: How much is to be added.
    func check(_ limit: TenantLimit, used: Int, adding count: Int = 1) throws(TenantLimitReached) {
        guard used + count > limits[limit], count > 0 else { return }
        throw TenantLimitReached(limit, maximum: limits[limit], used: used)
    }

    /// Sees to it that a tenant, which is locked, has queues.
    func add(
        _ names: [QueueName],
        of tenant: TenantName,
        _ transaction: PostgresTransaction
    ) async throws {
        let new = try await transaction.query(Statements.newQueues, tenant.rawValue, names.map(\.rawValue))
            .decode(String.self)
        guard !new.isEmpty else { return }
        try check(.queues, used: queues, adding: new.count)
        _ = try await transaction.query(Statements.insertQueues, tenant.rawValue, new)
    }
}

/// There is no such tenant, and the call makes none.
public struct TenantUnknown: Error, Hashable, CustomStringConvertible {
    /// The name that was given.
    public var tenant: TenantName

    init(_ tenant: TenantName) {
        self.tenant = tenant
    }

    /// Says what to do.
    public var description: String { "there is no tenant '\(tenant)'; POST /tenants makes it" }
}

/// A tenant is suspended or being removed, and nothing is made of it.
public struct TenantClosed: Error, Hashable, CustomStringConvertible {
    /// Which tenant.
    public var tenant: TenantName
    /// Where it stands.
    public var state: TenantState

    /// A tenant that is not active.
    public init(_ tenant: TenantName, _ state: TenantState) {
        (self.tenant, self.state) = (tenant, state)
    }

    /// Says what to do.
    public var description: String {
        state == .deleting
            ? "tenant '\(tenant)' is being removed"
            : "tenant '\(tenant)' is suspended; an administrator can resume it: POST /tenants/\(tenant)/resume"
    }
}
