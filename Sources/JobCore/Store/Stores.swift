public import Postgres

/// The stores on one pool of connections.
public struct Stores: Sendable {
    /// Puts new jobs on record.
    public let submissions: SubmissionStore
    /// Gives runs to workers.
    public let claims: ClaimStore
    /// Puts on record how runs ended.
    public let outcomes: OutcomeStore
    /// Calls jobs off.
    public let cancellations: CancellationStore
    /// Keeps the dead letters.
    public let deadLetters: DeadLetterStore
    /// Keeps the schedules and fires them.
    public let schedules: ScheduleStore
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
    /// Removes old jobs.
    public let retention: RetentionStore
    /// Reads jobs.
    public let jobs: JobReader
    /// Reads how long queues are.
    public let depths: QueueDepths
    /// Keeps the accounts.
    public let users: UserStore
    /// Keeps the sessions of those who logged in.
    public let sessions: SessionStore
    /// Keeps the API keys.
    public let apiKeys: APIKeyStore
    /// Reads what was revoked.
    public let revocations: RevocationStore
    /// Reads who did what.
    public let audit: AuditLog
    /// Keeps what is said about queues.
    public let queues: QueueStore

    /// The stores on one pool.
    ///
    /// - Parameters:
    ///   - breaker: Guards what clients wait for: submissions and reading.
    ///   - keyLifetime: How long an idempotency key is kept.
    public init(pool: PostgresPool, breaker: CircuitBreaker? = nil, keyLifetime: Duration = .seconds(86_400)) {
        let guarded = GuardedPool(pool, breaker: breaker)
        submissions = SubmissionStore(pool: guarded, keyLifetime: keyLifetime)
        claims = ClaimStore(pool: pool)
        outcomes = OutcomeStore(pool: pool)
        cancellations = CancellationStore(pool: pool)
        deadLetters = DeadLetterStore(pool: pool)
        schedules = ScheduleStore(pool: pool)
        timers = TimerStore(pool: pool)
        leases = LeaseStore(pool: pool)
        watermarks = WatermarkStore(pool: pool)
        topics = TopicStore(pool: pool)
        history = HistoryStore(pool: pool)
        retention = RetentionStore(pool: pool)
        jobs = JobReader(pool: guarded)
        depths = QueueDepths(pool: guarded)
        users = UserStore(pool: pool, guarded: guarded)
        sessions = SessionStore(pool: pool)
        apiKeys = APIKeyStore(pool: pool, guarded: guarded)
        revocations = RevocationStore(guarded: guarded)
        audit = AuditLog(pool: pool)
        queues = QueueStore(pool: pool)
    }
}
