public import Platform

/// The stores on the connections of a process.
public struct Stores: Sendable {
    /// Puts new jobs on record.
    public let submissions: SubmissionStore
    /// Puts on record how runs ended and gives runs to workers.
    public let exchanges: ExchangeStore
    /// Finds what waits.
    public let backlogs: BacklogStore
    /// Cancels jobs.
    public let cancellations: CancellationStore
    /// Keeps the dead letters.
    public let deadLetters: DeadLetterStore
    /// Keeps the schedules and fires them.
    public let schedules: ScheduleStore
    /// Finds the jobs whose time has come.
    public let timers: TimerStore
    /// Keeps the workers' leases.
    public let leases: LeaseStore
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

    /// Keeps the tenants.
    public let tenants: TenantStore

    /// Tells other job-services what is waited for.
    public let jobWaits: JobWaitStore

    /// The stores on pools of connections.
    ///
    /// - Parameters:
    ///   - breaker: Guards what clients wait for: submissions and reading.
    ///   - keyLifetime: How long an idempotency key is kept.
    public init(pools: DatabasePools, breaker: CircuitBreaker? = nil, keyLifetime: Duration = .seconds(86_400)) {
        let pool = pools.requests
        let guarded = GuardedPool(pool, breaker: breaker)
        let guardedReading = GuardedPool(pools.reading, breaker: breaker)
        submissions = SubmissionStore(pool: guarded, keyLifetime: keyLifetime)
        exchanges = ExchangeStore(pool: pools.exchanges)
        backlogs = BacklogStore(pool: pool)
        cancellations = CancellationStore(pool: pool)
        deadLetters = DeadLetterStore(pool: pool, reading: pools.reading)
        schedules = ScheduleStore(pool: pool)
        timers = TimerStore(pool: pool)
        leases = LeaseStore(pool: pools.leases)
        history = HistoryStore(pool: pool)
        retention = RetentionStore(pool: pool)
        jobs = JobReader(pool: guardedReading)
        depths = QueueDepths(pool: guarded)
        users = UserStore(pool: pool, guarded: guarded)
        sessions = SessionStore(pool: pool)
        apiKeys = APIKeyStore(pool: pool, guarded: guarded)
        revocations = RevocationStore(guarded: guarded)
        audit = AuditLog(pool: pools.reading)
        queues = QueueStore(pool: pool, reading: pools.reading)
        tenants = TenantStore(pool: pool)
        jobWaits = JobWaitStore(pool: pool)
    }
}
