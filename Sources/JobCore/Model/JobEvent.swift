/// Something that happens to a job.
public enum JobEvent: Hashable, Sendable {
    /// The time it waited for has come.
    case due
    /// A worker asks to start the run of that number.
    case claim(run: Int, worker: WorkerID)
    /// The handler returned.
    case success(RunFence)
    /// The handler failed; it may say that another attempt is pointless.
    case failure(RunFence, mayRetry: Bool)
    /// The worker gives the run back unfinished, as it drains.
    case release(RunFence)
    /// The handler asks to run again later.
    case snooze(RunFence)
    /// The worker's lease ran out.
    case lost(WorkerID)
    /// Somebody calls the job off; while it runs, its worker is to be told.
    case cancel
    /// The worker stopped the run because it was told that the job is called off.
    case cancelled(RunFence)
    /// Somebody sends a dead job round again.
    case replay
}
