public import Postgres

/// Looks after the daily partitions of finished jobs.
public struct HistoryStore: Sendable {
    /// How long making a partition may wait for its locks: what comes meanwhile waits behind it.
    private static let lockTimeout = "50ms"

    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Makes the daily partitions, in UTC, from today through `days` ahead.
    ///
    /// A table is made apart and attached, which leaves the history to writers; only the default partition is locked.
    ///
    /// - Returns: The days, as `YYYYMMDD`, that were made; and whether all are there. A partition whose lock was not to be had, as
    ///   somebody reads the history for long, is left for another try.
    public func makePartitions(daysAhead days: Int) async throws -> (made: [String], isDone: Bool) {
        let missing = try await pool.query(Statements.missingPartitions, Int32(days))
            .decode(String.self, String.self, String.self)
        var made: [String] = []
        for (day, first, last) in missing {
            do {
                // Dates made by the database, not text from outside.
                try await pool.execute(
                    """
                    set local lock_timeout = '\(Self.lockTimeout)';
                    select pg_advisory_xact_lock(\(AdvisoryLock.partitions));
                    create table jobs_finished_\(day) (like jobs_finished including all);
                    alter table jobs_finished attach partition jobs_finished_\(day)
                        for values from ('\(first) 00:00:00+00') to ('\(last) 00:00:00+00')
                    """
                )
                made.append(day)
            } catch let error as PostgresError where error.sqlState == .duplicateTable {
                // Another scheduler was quicker.
            } catch let error as PostgresError where error.sqlState == .checkViolation {
                // The default partition has jobs of that day and keeps it, as no scheduler was there in time; the days after it need not.
            } catch let error as PostgresError where error.sqlState == .lockNotAvailable {
                return (made, false)
            }
        }
        return (made, true)
    }
}
