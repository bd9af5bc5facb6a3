import Postgres

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
