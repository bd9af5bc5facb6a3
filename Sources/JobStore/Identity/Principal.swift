public import JobCore

/// Who makes a request.
public struct Principal: Hashable, Sendable {
    /// The account's name; `key:` and the key's beginning for an API key.
    public var subject: String
    /// Whose jobs it submits.
    public var tenant: TenantName
    /// What it may do.
    public var role: Role
    /// To which parts of what its role allows it is confined; nil for none.
    public var scopes: Set<Scope>?

    /// A principal that has proved who it is.
    public init(subject: String, tenant: TenantName, role: Role, scopes: Set<Scope>? = nil) {
        self.subject = subject
        self.tenant = tenant
        self.role = role
        self.scopes = scopes
    }

    /// The tenant whose jobs it may see; nil means everybody's.
    public var visibleTenant: TenantName? {
        role == .admin ? nil : tenant
    }

    /// Whether it is confined to other parts of its role than this one.
    public func lacks(_ scope: Scope) -> Bool {
        scopes.map { !$0.contains(scope) } ?? false
    }
}

/// What a principal may do.
public enum Role: String, CaseIterable, Hashable, Sendable {
    /// Everything, in every tenant.
    case admin = "ADMIN"
    /// Submit and see jobs of its own tenant.
    case user = "USER"
    /// Serve the control plane, and nothing else.
    case worker = "WORKER"
}

/// A part of what a role may do, for API keys that are to do less.
public enum Scope: String, CaseIterable, Hashable, Sendable {
    /// See jobs.
    case jobsRead = "jobs:read"
    /// Submit, cancel and retry jobs.
    case jobsWrite = "jobs:write"
    /// See schedules.
    case schedulesRead = "schedules:read"
    /// Make, change, remove and trigger schedules.
    case schedulesWrite = "schedules:write"
    /// See what administrators see.
    case adminRead = "admin:read"
    /// Do what administrators do.
    case adminWrite = "admin:write"
}
