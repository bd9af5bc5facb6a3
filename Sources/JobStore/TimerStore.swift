public import JobCore
public import Postgres

/// Finds the jobs whose time has come.
public struct TimerStore: Sendable {
    /// The channel on which schedulers hear that something is due earlier than they may think.
    public static let channel = "qf_timers"
    /// How long schedulers sleep at most. What is due later than that they see in time without being told.
    public static let longestSleep = Duration.seconds(10)

    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Queues due jobs, earliest first. Each is taken by one scheduler only.
    ///
    /// - Parameter limit: The most jobs to take.
    /// - Returns: What is to be published, and how long until the next job is due: negative when one is overdue, nil when none waits.
    public func queueDueJobs(limit: Int) async throws -> (announcements: [JobAnnouncement], untilNext: Duration?) {
        let results = try await pool.pipeline([Statements.queueDueJobs.bind(Int32(limit)), Statements.nextDue.bind()])
        return (
            try results[0].map(JobAnnouncement.init(row:)), try results[1].single(Double?.self).map { .seconds($0) }
        )
    }

    /// Queues a job that waits for its time or its backoff, whatever time that is.
    ///
    /// - Parameter tenant: Whose job it must be; nil means anybody's.
    /// - Returns: What is to be published; nil when there is no such job, or it does not wait.
    public func queueNow(_ job: JobID, of tenant: TenantName?) async throws -> JobAnnouncement? {
        try await pool.query(Statements.queueJobsNow, [job.uuid], tenant?.rawValue, nil as [String]?).first
            .map(JobAnnouncement.init(row:))
    }
}
