/// Who makes a request.
public struct Principal: Hashable, Sendable {
    /// The account's name.
    public var subject: String
    /// Whose jobs it submits.
    public var tenant: TenantName
    /// What it may do.
    public var role: Role

    /// A principal that has proved who it is.
    public init(subject: String, tenant: TenantName, role: Role) {
        self.subject = subject
        self.tenant = tenant
        self.role = role
    }

    /// The tenant whose jobs it may see; nil means everybody's.
    public var visibleTenant: TenantName? {
        role == .admin ? nil : tenant
    }
}
