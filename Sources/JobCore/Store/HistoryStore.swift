public import Postgres

/// Looks after the daily partitions of finished jobs.
public struct HistoryStore: Sendable {
    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Makes the daily partitions, in UTC, from today through `days` ahead.
    ///
    /// - Returns: The days, as `YYYYMMDD`, that had none yet.
    public func makePartitions(daysAhead days: Int) async throws -> [String] {
        let missing = try await pool.query(Statements.missingPartitions, Int32(days))
            .decode(String.self, String.self, String.self)
        for (day, first, last) in missing {
            try await pool.withConnection { connection in
                // Dates made by the database, not text from outside. Another scheduler may have been quicker.
                try await connection.execute(
                    """
                    create table if not exists jobs_finished_\(day) partition of jobs_finished
                    for values from ('\(first) 00:00:00+00') to ('\(last) 00:00:00+00')
                    """
                )
            }
        }
        return missing.map(\.0)
    }
}
