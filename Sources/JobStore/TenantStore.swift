import Foundation
public import JobCore
import Postgres

/// Keeps the tenants.
public struct TenantStore: Sendable {
    /// The channel on which it is announced that a tenant's state or limits were changed.
    public static let channel = "qf_tenants"

    let pool: PostgresPool

    init(pool: PostgresPool) {
        self.pool = pool
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
}

/// How a tenant stands: what is to be known of it for each request.
public struct TenantStanding: Hashable, Sendable {
    /// One of which nothing was said.
    public static let usual = TenantStanding(state: .active, ownLimits: [:])

    /// Where it stands.
    public var state: TenantState
    /// The limits that it has of its own.
    public var ownLimits: [TenantLimit: Int]
}

extension TenantLimits {
    /// Reads the column `limits`. A limit that this version does not know holds nobody up.
    static func own(in row: PostgresRow) throws -> [TenantLimit: Int] {
        let text = try row.decode("limits", as: String.self)
        let values = try JSONDecoder().decode([String: Int].self, from: Data(text.utf8))
        return Dictionary(
            values.compactMap { name, value in TenantLimit(rawValue: name).map { ($0, value) } },
            uniquingKeysWith: { $1 }
        )
    }
}
