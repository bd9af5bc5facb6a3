public import Postgres

/// The stores on one pool of connections.
public struct Stores: Sendable {
    /// Puts new jobs on record.
    public let submissions: SubmissionStore
    /// Gives runs to workers.
    public let claims: ClaimStore
    /// Puts on record how runs ended.
    public let outcomes: OutcomeStore
    /// Finds the jobs whose time has come.
    public let timers: TimerStore
    /// Keeps the workers' leases.
    public let leases: LeaseStore
    /// Keeps how far partitions have been consumed.
    public let watermarks: WatermarkStore
    /// Keeps which topics there are.
    public let topics: TopicStore
    /// Looks after the history's partitions.
    public let history: HistoryStore
    /// Reads jobs.
    public let jobs: JobReader

    /// The stores on one pool.
    public init(pool: PostgresPool) {
        submissions = SubmissionStore(pool: pool)
        claims = ClaimStore(pool: pool)
        outcomes = OutcomeStore(pool: pool)
        timers = TimerStore(pool: pool)
        leases = LeaseStore(pool: pool)
        watermarks = WatermarkStore(pool: pool)
        topics = TopicStore(pool: pool)
        history = HistoryStore(pool: pool)
        jobs = JobReader(pool: pool)
    }
}
