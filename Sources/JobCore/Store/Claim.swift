/// A worker's wish to start a run.
public struct Claim: Hashable, Sendable {
    /// Of which job.
    public var job: JobID
    /// Which run, and for whom.
    public var fence: RunFence
    /// Whether the record came without the payload.
    public var wantsPayload: Bool

    /// A wish to start a run.
    public init(job: JobID, fence: RunFence, wantsPayload: Bool) {
        self.job = job
        self.fence = fence
        self.wantsPayload = wantsPayload
    }
}

/// The permission to start a run.
public struct Grant: Sendable {
    /// Which attempt it makes, counted from 1.
    public var attempt: Int
    /// How many attempts the job has.
    public var maxAttempts: Int
    /// How long the attempt may take, in milliseconds; nil means as long as it likes.
    public var timeoutMilliseconds: Int64?
    /// The payload's JSON text, when it was wished.
    public var payload: [UInt8]?
    /// The claim batch it belongs to; nil when it repeats an earlier grant.
    public var batch: Int64?
}
