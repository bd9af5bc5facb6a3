public import JobCore

/// What workers report and ask for, many exchanges at a time, to be carried out in one transaction.
public struct ExchangeBatch: Sendable {
    /// What handlers said of their runs, each of which is named once.
    public var notes: [RunNote] = []
    /// How runs ended.
    public var outcomes: [RunOutcome] = []
    /// Claim batches that their workers close, as all of their runs are on record.
    public var closings: [(batch: Int64, worker: WorkerID)] = []
    /// Runs that are named, as a record told of them.
    public var claims: [RunClaim] = []
    /// Backlogs that are pulled, each once.
    public var pulls: [BacklogPull] = []
    /// How many bytes of payload a worker is given before it gets no further run.
    public var maxGrantBytes: Int
    /// Whether it is to be told which jobs were changed.
    public var tellsChanges = false

    /// An empty batch.
    public init(maxGrantBytes: Int = 3 << 20) {
        self.maxGrantBytes = maxGrantBytes
    }
}

/// Who asks for runs: a worker in one of its sessions.
public struct WorkerSessionKey: Hashable, Sendable {
    /// The worker.
    public var worker: WorkerID
    /// The number of the session; only the worker's present one is given anything.
    public var session: Int64

    /// A worker's session.
    public init(worker: WorkerID, session: Int64) {
        self.worker = worker
        self.session = session
    }
}

/// A worker's wish to start a run that a record told of.
public struct RunClaim: Hashable, Sendable {
    /// Of which job.
    public var job: JobID
    /// Which run.
    public var run: Int
    /// Who asks.
    public var session: WorkerSessionKey

    /// A wish to start a run.
    public init(job: JobID, run: Int, session: WorkerSessionKey) {
        self.job = job
        self.run = run
        self.session = session
    }
}

/// The wish of some workers for the oldest jobs of one backlog.
public struct BacklogPull: Sendable {
    /// Which backlog.
    public var backlog: Backlog
    /// Where to begin, in microseconds since 1970: no job was queued before that is not taken.
    public var since: Int64
    /// Who gets how many, in this order.
    public var shares: [(session: WorkerSessionKey, count: Int)]

    /// A pull of a backlog.
    public init(_ backlog: Backlog, since: Int64, shares: [(session: WorkerSessionKey, count: Int)]) {
        self.backlog = backlog
        self.since = since
        self.shares = shares
    }
}

/// The permission to start a run.
public struct GrantedRun: Sendable {
    /// Of which job.
    public var job: JobID
    /// Which run.
    public var run: Int
    /// To whom.
    public var worker: WorkerID
    /// Where it waited.
    public var backlog: Backlog
    /// The place of the pull in its batch; nil for a run that was claimed by name.
    public var pull: Int?
    /// Which attempt it makes, counted from 1.
    public var attempt: Int
    /// How many attempts the job has.
    public var maxAttempts: Int
    /// How long the attempt may take, in milliseconds; nil means as long as it likes.
    public var timeoutMilliseconds: Int64?
    /// When the job was stored, and when it became queued, in microseconds since 1970.
    public var createdAt, queuedAt: Int64
    /// What its submitter calls it.
    public var tags: [String]
    /// The trace of the submission: its W3C traceparent, and after a blank its tracestate if it has one.
    public var trace: String?
    /// The job's own retry policy.
    public var retry: RetryPolicy?
    /// The payload's JSON text.
    public var payload: [UInt8]
    /// What the attempt before kept for this one, as JSON.
    public var checkpoint: [UInt8]?
    /// The claim batch it belongs to.
    public var batch: Int64
    /// Whether the installation has more tenants than one, so that none may have all of a worker's slots.
    public var tenantsShare: Bool
}
