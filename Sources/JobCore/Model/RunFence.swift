/// What a write about a run must carry, besides the job's id, to have any effect.
public struct RunFence: Hashable, Sendable {
    /// The number of the run.
    public var run: Int
    /// Who was granted it.
    public var worker: WorkerID

    /// A fence for one run.
    public init(run: Int, worker: WorkerID) {
        self.run = run
        self.worker = worker
    }
}

/// Names one run of a job.
public struct RunKey: Hashable, Sendable {
    /// Of which job.
    public var job: JobID
    /// Which run.
    public var run: Int

    /// A run of a job.
    public init(job: JobID, run: Int) {
        self.job = job
        self.run = run
    }
}
