public import Foundation
public import JobCore

/// A program's credential, as it is on record: never the key itself.
public struct APIKey: Hashable, Sendable {
    /// Its id, of version 7.
    public var id: UUID
    /// Whose jobs it submits and sees.
    public var tenant: TenantName
    /// What it is for, in a person's words.
    public var name: String
    /// The key's beginning, by which a person knows it again.
    public var prefix: String
    /// What it may do.
    public var role: Role
    /// To which parts of what its role allows it is confined; nil for none.
    public var scopes: Set<Scope>?
    /// Who made it.
    public var createdBy: String
    /// When it was made.
    public var createdAt: Date
    /// When it ends; nil for never.
    public var expiresAt: Date?
    /// When it was used last, to the minute, about; nil when it never was.
    public var lastUsedAt: Date?
    /// When it was revoked; nil when it was not.
    public var revokedAt: Date?

    /// Who it is to the rest of the platform.
    public var principal: Principal {
        Principal(subject: "key:\(prefix)", tenant: tenant, role: role, scopes: scopes)
    }
}

/// An API key that is to be made.
public struct NewAPIKey: Sendable {
    /// Whose jobs it will submit and see.
    public var tenant: TenantName
    /// What it is for, in a person's words.
    public var name: String
    /// What it may do.
    public var role: Role
    /// To which parts of what its role allows it is confined; nil for none.
    public var scopes: Set<Scope>?
    /// When it ends; nil for never.
    public var expiresAt: Date?

    /// What its holder may do.
    public var grant: Grant { Grant(tenant: tenant, role: role, scopes: scopes, expiresAt: expiresAt) }

    /// A key that is to be made.
    public init(tenant: TenantName, name: String, role: Role, scopes: Set<Scope>?, expiresAt: Date?) {
        self.tenant = tenant
        self.name = name
        self.role = role
        self.scopes = scopes
        self.expiresAt = expiresAt
    }
}
