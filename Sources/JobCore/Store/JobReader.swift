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
            Int32(filter.offset)
        ).map(Job.init(row:))
    }

    /// The figures of all queues.
    ///
    /// - Parameter tenant: Whose queues; nil means everybody's.
    public func counts(of tenant: TenantName?) async throws -> JobCounts {
        let rows = try await pool.query(Statements.countJobs, tenant?.rawValue)
        guard let row = rows.first else { return JobCounts() }
        return JobCounts(
            submitted: try row.decode("submitted", as: Int64.self),
            scheduled: try row.decode("scheduled", as: Int64.self),
            queued: try row.decode("queued", as: Int64.self),
            running: try row.decode("running", as: Int64.self),
            retrying: try row.decode("retrying", as: Int64.self),
            completed: try row.decode("completed", as: Int64.self),
            cancelled: try row.decode("cancelled", as: Int64.self),
            failed: try row.decode("failed", as: Int64.self),
            died: try row.decode("died", as: Int64.self),
            dead: try row.decode("dead", as: Int64.self)
        )
    }
}
