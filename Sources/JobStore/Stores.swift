public import JobCore
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
    /// Changes jobs that wait, and removes jobs.
    public let edits: JobChangeStore
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
    /// Reads how much waits.
    public let levels: JobLevels
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

    /// Keeps the operations: what is to be done to many jobs.
    public let operations: BulkOperationStore

    /// Tells other job-services what is waited for.
    public let jobWaits: JobWaitStore

    /// Tells other processes which jobs changed.
    public let changes: ChangeStore

    /// Reads how things stand and what they came to by the minute.
    public let minutes: MinuteStore

    /// The stores on pools of connections.
    ///
    /// - Parameters:
    ///   - breaker: Guards what clients wait for: submissions and reading.
    ///   - keyLifetime: How long an idempotency key is kept.
    ///   - limits: What tenants without limits of their own may have.
    public init(
        pools: DatabasePools,
        breaker: CircuitBreaker? = nil,
        keyLifetime: Duration = .seconds(86_400),
        limits: UsualLimits = UsualLimits()
    ) {
        let pool = pools.requests
        let guarded = GuardedPool(pool, breaker: breaker)
        let guardedReading = GuardedPool(pools.reading, breaker: breaker)
        submissions = SubmissionStore(pool: guarded, keyLifetime: keyLifetime)
        exchanges = ExchangeStore(pool: pools.exchanges)
        backlogs = BacklogStore(pool: pool)
        cancellations = CancellationStore(pool: pool)
        edits = JobChangeStore(pool: pool, limits: limits)
        deadLetters = DeadLetterStore(pool: pool, reading: pools.reading, limits: limits)
        schedules = ScheduleStore(pool: pool, limits: limits)
        timers = TimerStore(pool: pool)
        leases = LeaseStore(pool: pools.leases, limits: limits.ofTenant)
        history = HistoryStore(pool: pool)
        retention = RetentionStore(pool: pool)
        jobs = JobReader(pool: guardedReading)
        levels = JobLevels(pool: guarded)
        users = UserStore(pool: pool, guarded: guarded)
        sessions = SessionStore(pool: pool)
        apiKeys = APIKeyStore(pool: pool, guarded: guarded, limits: limits.ofTenant)
        revocations = RevocationStore(guarded: guarded)
        audit = AuditLog(pool: pools.reading)
        queues = QueueStore(pool: pool, reading: pools.reading, limits: limits.ofTenant)
        tenants = TenantStore(pool: pool, reading: pools.reading)
        operations = BulkOperationStore(pool: pool, reading: pools.reading, limits: limits)
        jobWaits = JobWaitStore(pool: pool)
        changes = ChangeStore(pool: pool)
        minutes = MinuteStore(reading: guardedReading, pool: pool)
    }
}

/// What holds where nobody said otherwise of a tenant or a queue.
public struct UsualLimits: Sendable {
    /// What a tenant may have.
    public var ofTenant: TenantLimits
    /// How many jobs may wait in a queue.
    public var queueDepth: Int

    /// Limits; the standard ones unless given.
    public init(ofTenant: TenantLimits = TenantLimits(), queueDepth: Int = 1_000_000) {
        (self.ofTenant, self.queueDepth) = (ofTenant, queueDepth)
    }
}
