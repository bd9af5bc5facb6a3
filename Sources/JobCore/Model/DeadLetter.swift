public import Foundation

/// A job that ended without success, as the list of dead letters shows it: all but its payload.
public struct DeadLetter: Hashable, Sendable {
    /// The job's id.
    public var id: JobID
    /// Whose it is.
    public var tenant: String
    /// Where it waited.
    public var queue: String
    /// Which handler ran it.
    public var type: String
    /// How urgent it was.
    public var priority: Priority
    /// The run that was the last.
    public var run: Int
    /// How many attempts were counted.
    public var attempt: Int
    /// How many attempts it had.
    public var maxAttempts: Int
    /// Who ran it last.
    public var worker: WorkerID?
    /// When it was stored.
    public var createdAt: Date
    /// When it died.
    public var diedAt: Date
    /// Why it will not be tried again.
    public var reason: DeadReason
    /// What kind of failure the last one was, in one word: `error`, `timeout`, `lost`, or `no_handler` of a job that never ran.
    public var kind: String
    /// What went wrong in the last attempt.
    public var error: String
    /// The same for deaths of the same cause.
    public var fingerprint: String

    /// One with all that it has.
    package init(
        id: JobID,
        tenant: String,
        queue: String,
        type: String,
        priority: Priority,
        run: Int,
        attempt: Int,
        maxAttempts: Int,
        worker: WorkerID? = nil,
        createdAt: Date,
        diedAt: Date,
        reason: DeadReason,
        kind: String,
        error: String,
        fingerprint: String
    ) {
        self.id = id
        self.tenant = tenant
        self.queue = queue
        self.type = type
        self.priority = priority
        self.run = run
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.worker = worker
        self.createdAt = createdAt
        self.diedAt = diedAt
        self.reason = reason
        self.kind = kind
        self.error = error
        self.fingerprint = fingerprint
    }
}

/// Why a job lies among the dead letters.
public enum DeadReason: String, CaseIterable, Hashable, Sendable {
    /// Its last attempt failed.
    case attemptsExhausted = "attempts_exhausted"
    /// Its handler said that another attempt is pointless.
    case discarded
    /// No worker had a handler for its type for too long.
    case unhandled

    /// What is told as the error of an unhandled job.
    package static let unhandledError = "no worker had a handler for jobs of this type"
}
