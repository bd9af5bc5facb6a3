/// Jobs that something happened to together, for who tells listeners of each tenant.
public struct JobsByTenant: Sendable {
    /// The jobs of each tenant; of none that has none.
    public private(set) var jobs: [TenantName: [JobID]] = [:]

    /// No jobs.
    public init() {}

    /// How many there are.
    public var count: Int { jobs.values.reduce(0) { $0 + $1.count } }

    /// Adds a job of a tenant.
    public mutating func add(_ job: JobID, of tenant: TenantName) {
        jobs[tenant, default: []].append(job)
    }

    /// Adds other ones.
    public mutating func add(_ other: JobsByTenant) {
        jobs.merge(other.jobs, uniquingKeysWith: +)
    }
}
