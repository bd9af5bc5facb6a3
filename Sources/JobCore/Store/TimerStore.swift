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

    /// How long until the next job is due; negative when one is overdue, nil when none waits.
    public func untilNextDue() async throws -> Duration? {
        try await pool.query(Statements.nextDue).single(Double?.self).map { .seconds($0) }
    }
}
