/// The figures dashboards show. Those named after a state say how many are in it now; the rest count from the beginning.
public struct JobCounts: Hashable, Sendable {
    /// Jobs ever submitted.
    public var submitted: Int64 = 0
    /// Jobs that wait for their time.
    public var scheduled: Int64 = 0
    /// Jobs that may run.
    public var queued: Int64 = 0
    /// Jobs that run.
    public var running: Int64 = 0
    /// Jobs that wait for their backoff.
    public var retrying: Int64 = 0
    /// Jobs that ever ended well.
    public var completed: Int64 = 0
    /// Jobs that were ever cancelled.
    public var cancelled: Int64 = 0
    /// Attempts that ever failed.
    public var failed: Int64 = 0
    /// Jobs that ever became dead letters.
    public var died: Int64 = 0
    /// Dead letters there are.
    public var dead: Int64 = 0

    /// One with all that it has.
    package init(
        submitted: Int64 = 0,
        scheduled: Int64 = 0,
        queued: Int64 = 0,
        running: Int64 = 0,
        retrying: Int64 = 0,
        completed: Int64 = 0,
        cancelled: Int64 = 0,
        failed: Int64 = 0,
        died: Int64 = 0,
        dead: Int64 = 0
    ) {
        self.submitted = submitted
        self.scheduled = scheduled
        self.queued = queued
        self.running = running
        self.retrying = retrying
        self.completed = completed
        self.cancelled = cancelled
        self.failed = failed
        self.died = died
        self.dead = dead
    }
}
