public import Foundation
public import JobCore

/// What an account or an API key lets its holder do.
///
/// Nobody may give what they have not themselves: not another role, tenant or scope, and not for longer. ``excess(over:)`` is the one place
/// that says so; every call that makes or widens a credential asks it.
public struct Grant: Hashable, Sendable {
    /// Whose jobs it submits and, unless it is an administrator's, sees.
    public var tenant: TenantName
    /// What it may do.
    public var role: Role
    /// To which parts of that it is confined; nil for none.
    public var scopes: Set<Scope>?
    /// When it ends; nil for never.
    public var expiresAt: Date?

    /// What somebody may do.
    public init(tenant: TenantName, role: Role, scopes: Set<Scope>? = nil, expiresAt: Date? = nil) {
        self.tenant = tenant
        self.role = role
        self.scopes = scopes
        self.expiresAt = expiresAt
    }

    /// What a principal has.
    ///
    /// - Parameter expiresAt: When that ends; nil for never.
    public init(_ principal: Principal, expiresAt: Date?) {
        self.init(tenant: principal.tenant, role: principal.role, scopes: principal.scopes, expiresAt: expiresAt)
    }

    /// What an account has: all of its role, until it is changed.
    public init(_ user: User) {
        self.init(tenant: user.tenant, role: user.role)
    }

    /// What this has that another grant has not; nil when that covers all of it.
    public func excess(over own: Grant) -> GrantExcess? {
        guard own.role == .admin || (role == own.role && tenant == own.tenant) else { return .role(role) }
        if let ownScopes = own.scopes ?? own.role.scopes {
            // What a worker may do is no scope, and an administrator without scopes may do more than all of them.
            guard let wanted = scopes ?? role.scopes, role != .worker else { return .unconfined(role) }
            let missing = wanted.subtracting(ownScopes)
            guard missing.isEmpty else { return .scopes(missing) }
        }
        if let end = own.expiresAt, expiresAt.map({ $0 > end }) ?? true { return .lifetime(end) }
        return nil
    }
}

/// Why somebody may not give what they want to.
public enum GrantExcess: Hashable, Sendable {
    /// Another role or tenant.
    case role(Role)
    /// All of a role, which the giver is confined to parts of.
    case unconfined(Role)
    /// Scopes that the giver has not.
    case scopes(Set<Scope>)
    /// For longer than the giver's own credential, which ends then.
    case lifetime(Date)
}

extension Role {
    /// The scopes that together are all of the role; nil when it is more than any scopes are.
    fileprivate var scopes: Set<Scope>? {
        switch self {
        case .user: [.jobsRead, .jobsWrite, .schedulesRead, .schedulesWrite]
        case .admin, .worker: nil
        }
    }
}
