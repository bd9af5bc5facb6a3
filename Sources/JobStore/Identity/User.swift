public import Foundation
public import JobCore

/// An account.
public struct User: Hashable, Sendable {
    /// Its id, of version 7.
    public var id: UUID
    /// Whose jobs it submits and sees.
    public var tenant: TenantName
    /// What it is called.
    public var username: String
    /// What it may do.
    public var role: Role
    /// Whether it is shut out.
    public var isDisabled: Bool
    /// Counts its changes: access tokens that were issued under an earlier number are worth nothing.
    public var epoch: Int
    /// When it was made.
    public var createdAt: Date
    /// When it was changed last.
    public var updatedAt: Date

    /// Who it is to the rest of the platform.
    public var principal: Principal {
        Principal(subject: username, tenant: tenant, role: role)
    }
}

/// What an account is checked against when somebody logs in.
public struct LoginRecord: Sendable {
    /// The account.
    public var user: User
    /// Its password's hash.
    public var passwordHash: PasswordHash
    /// The hash of the password that a process's settings gave it last; nil when they never did.
    var settingsHash: PasswordHash?
}

/// An account that is to be made.
public struct NewUser: Sendable {
    /// Whose jobs it will submit and see.
    public var tenant: TenantName
    /// What it will be called.
    public var username: Username
    /// What it may do.
    public var role: Role
    /// Its password's hash.
    public var passwordHash: PasswordHash

    /// An account that is to be made.
    public init(tenant: TenantName, username: Username, role: Role, passwordHash: PasswordHash) {
        self.tenant = tenant
        self.username = username
        self.role = role
        self.passwordHash = passwordHash
    }
}

/// What is to change about an account. What is nil stays.
public struct UserChange: Sendable {
    /// What it may do.
    public var role: Role?
    /// Its password's hash.
    public var passwordHash: PasswordHash?
    /// Whether it is shut out.
    public var isDisabled: Bool?

    /// A change.
    public init(role: Role? = nil, passwordHash: PasswordHash? = nil, isDisabled: Bool? = nil) {
        self.role = role
        self.passwordHash = passwordHash
        self.isDisabled = isDisabled
    }
}
