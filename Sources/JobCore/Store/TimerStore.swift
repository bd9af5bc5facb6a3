public import Postgres

/// Finds the jobs whose time has come.
public struct TimerStore: Sendable {
    /// The channel on which schedulers hear that something is due earlier than they may think.
    public static let channel = "qf_timers"

    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Queues due jobs, earliest first. Each is taken by one scheduler only.
    ///
    /// - Parameter limit: The most jobs to take.
    /// - Returns: What is to be published.
    public func queueDueJobs(limit: Int) async throws -> [JobAnnouncement] {
        try await pool.query(Statements.queueDueJobs, Int32(limit), Int32(JobAnnouncement.maxInlinePayloadBytes))
            .map(JobAnnouncement.init(row:))
    }

    /// Queues a job that waits for its time or its backoff, whatever time that is.
    ///
    /// - Parameter tenant: Whose job it must be; nil means anybody's.
    /// - Returns: What is to be published; nil when there is no such job, or it does not wait.
    public func queueNow(_ job: JobID, of tenant: TenantName?) async throws -> JobAnnouncement? {
        try await pool.query(
            Statements.queueJobNow,
            job.uuid,
            tenant?.rawValue,
            Int32(JobAnnouncement.maxInlinePayloadBytes)
        ).first.map(JobAnnouncement.init(row:))
    }

    /// How long until the next job is due; negative when one is overdue, nil when none waits.
    public func untilNextDue() async throws -> Duration? {
        try await pool.query(Statements.nextDue).single(Double?.self).map { .seconds($0) }
    }
}
