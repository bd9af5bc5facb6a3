public import Foundation

/// Where a tenant stands.
public enum TenantState: String, CaseIterable, Hashable, Sendable {
    /// Everything goes its way.
    case active
    /// Its credentials are good for nothing, its jobs and schedules rest.
    case suspended
    /// All that it has is being removed.
    case deleting
}

/// A tenant: whose jobs, queues, schedules and credentials belong together.
public struct Tenant: Hashable, Sendable {
    /// What it is called.
    public var name: TenantName
    /// Where it stands.
    public var state: TenantState
    /// The limits that it has of its own; for others the usual ones hold.
    public var ownLimits: [TenantLimit: Int]
    /// Rises with each change.
    public var version: Int64
    /// When it was made.
    public var createdAt: Date
    /// When its limits or its state were changed last.
    public var updatedAt: Date
    /// How many jobs its deletion has removed so far.
    public var removedJobs: Int64

    package init(
        name: TenantName,
        state: TenantState,
        ownLimits: [TenantLimit: Int],
        version: Int64,
        createdAt: Date,
        updatedAt: Date,
        removedJobs: Int64
    ) {
        self.name = name
        self.state = state
        self.ownLimits = ownLimits
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.removedJobs = removedJobs
    }
}
