/// What the jobs of a schedule have in common.
public struct JobTemplate: Hashable, Sendable {
    /// The largest payload, in bytes. Schedules are read in numbers, so theirs are smaller than a job's may be.
    public static let maxPayloadBytes = 64 << 10

    /// Which handler runs them.
    public var type: JobType
    /// Where they wait.
    public var queue: QueueName
    /// How urgent they are.
    public var priority: Priority
    /// The payload's JSON text.
    public var payload: [UInt8]
    /// How many attempts each has.
    public var maxAttempts: Int
    /// Their retry policy; nil means the default one.
    public var retry: RetryPolicy?
    /// How long one attempt may take; nil means as long as it likes.
    public var timeout: Duration?
    /// What they are called; none contains a control character.
    public var tags: [String]

    /// Jobs with the defaults for all that is not given.
    public init(
        type: JobType,
        queue: QueueName = .default,
        priority: Priority = .normal,
        payload: [UInt8] = Array("{}".utf8),
        maxAttempts: Int = RetryPolicy.defaultMaxAttempts,
        retry: RetryPolicy? = nil,
        timeout: Duration? = nil,
        tags: [String] = []
    ) {
        self.type = type
        self.queue = queue
        self.priority = priority
        self.payload = payload
        self.maxAttempts = maxAttempts
        self.retry = retry
        self.timeout = timeout
        self.tags = tags
    }

    /// Makes a job that runs now.
    public func job(of tenant: TenantName) -> NewJob {
        NewJob(
            tenant: tenant,
            queue: queue,
            type: type,
            priority: priority,
            payload: payload,
            maxAttempts: maxAttempts,
            retry: retry,
            timeout: timeout,
            tags: tags
        )
    }
}
