public import Foundation

/// Which jobs to list.
public struct JobFilter: Hashable, Sendable {
    /// The cursor: only jobs before this one.
    public var before: JobID?
    /// Whose; nil means everybody's.
    public var tenant: TenantName?
    /// In which state.
    public var state: JobState?
    /// Of which type.
    public var type: JobType?
    /// In which queue.
    public var queue: QueueName?
    /// With which tag.
    public var tag: String?
    /// Created at this time or later.
    public var createdAfter: Date?
    /// Created before this time.
    public var createdBefore: Date?
    /// The most jobs on a page.
    public var limit: Int
    /// How many to pass over.
    public var offset: Int

    /// All jobs of a tenant, a page of 50.
    public init(tenant: TenantName?, limit: Int = 50, offset: Int = 0) {
        self.tenant = tenant
        self.limit = limit
        self.offset = offset
    }
}
