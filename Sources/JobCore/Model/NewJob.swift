public import Foundation

/// A job as it was submitted and found valid, before it is stored.
public struct NewJob: Sendable {
    /// The largest payload, in bytes.
    public static let maxPayloadBytes = 1 << 20

    /// Its id, made by the service that took it.
    public var id: JobID
    /// Whose it is.
    public var tenant: TenantName
    /// Where it waits.
    public var queue: QueueName
    /// Which handler runs it.
    public var type: JobType
    /// How urgent it is.
    public var priority: Priority
    /// The payload's JSON text, to the byte as it was sent.
    public var payload: [UInt8]
    /// When it is due; nil means now.
    public var runAt: Date?
    /// How many attempts it has.
    public var maxAttempts: Int
    /// Its own retry policy; nil means the default one.
    public var retry: RetryPolicy?
    /// How long one attempt may take; nil means as long as it likes.
    public var timeout: Duration?
    /// What its submitter calls it; none contains a control character.
    public var tags: [String]
    /// The trace of the submission: its W3C traceparent, and after a blank its tracestate if it has one.
    public var trace: String?
    /// The job whose handler submitted it.
    public var parent: JobID?
    /// The request that asked for it, if its client may send it again.
    public var request: IdempotentRequest?

    /// A job that runs now, with the defaults for all that is not given.
    public init(
        id: JobID = .make(),
        tenant: TenantName = .default,
        queue: QueueName = .default,
        type: JobType,
        priority: Priority = .normal,
        payload: [UInt8],
        runAt: Date? = nil,
        maxAttempts: Int = RetryPolicy.defaultMaxAttempts,
        retry: RetryPolicy? = nil,
        timeout: Duration? = nil,
        tags: [String] = [],
        trace: String? = nil,
        request: IdempotentRequest? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.queue = queue
        self.type = type
        self.priority = priority
        self.payload = payload
        self.runAt = runAt
        self.maxAttempts = maxAttempts
        self.retry = retry
        self.timeout = timeout
        self.tags = tags
        self.trace = trace
        self.request = request
    }

    /// The backlog in which it waits.
    public var backlog: Backlog {
        Backlog(tenant: tenant, queue: queue, priority: priority, type: type)
    }
}

extension NewJob {
    /// Whether the job is queued, not scheduled, when it is stored at that time.
    public func isDue(at storedAt: Date) -> Bool {
        runAt.map { $0 <= storedAt } ?? true
    }
}
