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
