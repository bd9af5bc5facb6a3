import Postgres

/// Reads jobs for people and clients.
public struct JobReader: Sendable {
    private let pool: GuardedPool

    /// A reader on a pool of connections.
    public init(pool: GuardedPool) {
        self.pool = pool
    }

    /// One job; nil when there is none, or none of that tenant.
    ///
    /// - Parameter tenant: Whose job it must be; nil means anybody's.
    public func job(_ id: JobID, of tenant: TenantName?) async throws -> Job? {
        try await pool.query(Statements.findJob, id.uuid, tenant?.rawValue).first.map(Job.init(row:))
    }

    /// Whether a live worker could run a job: one that serves its tenant and queue, and has a handler for its type.
    public func isHandled(_ job: Job) async throws -> Bool {
        try await pool.query(Statements.isHandled, job.tenant, job.queue, job.type).single(Bool.self)
    }

    /// A job's attempts, the newest first: those that failed, at most 500, and the one that is under way, succeeded or was
    /// stopped, which only the job itself tells.
    public func attempts(of job: Job) async throws -> [JobAttempt] {
        let failed = try await pool.query(Statements.listAttempts, job.id.uuid, Int32(JobAttempt.maxListed))
            .map(JobAttempt.init(row:))
        guard let last = JobAttempt(lastOf: job), last.run != failed.first?.run else { return failed }
        return [last] + failed
    }

    /// A page of jobs, newest first.
    public func jobs(matching filter: JobFilter) async throws -> [Job] {
        try await pool.query(
            Statements.listJobs,
            filter.before?.uuid,
            filter.tenant?.rawValue,
            filter.state?.rawValue,
            filter.type?.rawValue,
            filter.queue?.rawValue,
            filter.tag,
            filter.createdAfter,
            Int32(filter.limit),
            Int32(filter.offset),
            filter.createdBefore
        ).map(Job.init(row:))
    }

    /// The figures of all queues.
    ///
    /// - Parameter tenant: Whose queues; nil means everybody's.
    public func counts(of tenant: TenantName?) async throws -> JobCounts {
        let rows = try await pool.query(Statements.countJobs, tenant?.rawValue)
        return try rows.first.map(JobCounts.init(row:)) ?? JobCounts()
    }

    /// What is to be told of some jobs that changed, in any order; nothing of those that are gone.
    public func glimpses(of jobs: [JobID]) async throws -> [JobGlimpse] {
        try await pool.query(Statements.findJobs, jobs.map(\.uuid)).map(JobGlimpse.init(row:))
    }
}
