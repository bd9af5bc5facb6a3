import Postgres

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
}

extension JobCounts {
    /// Reads a row of `count_jobs.sql` or `list_queues.sql`.
    init(row: PostgresRow) throws {
        self.init(
            submitted: try row.decode("submitted", as: Int64.self),
            scheduled: try row.decode("scheduled", as: Int64.self),
            queued: try row.decode("queued", as: Int64.self),
            running: try row.decode("running", as: Int64.self),
            retrying: try row.decode("retrying", as: Int64.self),
            completed: try row.decode("completed", as: Int64.self),
            cancelled: try row.decode("cancelled", as: Int64.self),
            failed: try row.decode("failed", as: Int64.self),
            died: try row.decode("died", as: Int64.self),
            dead: try row.decode("dead", as: Int64.self)
        )
    }
}
