import Concurrency
import Foundation
public import Postgres

/// Removes jobs that are old enough to go. Any number of schedulers may do it at once.
public struct RetentionStore: Sendable {
    /// How long dropping a partition may wait for its lock. Outcomes that come meanwhile wait behind it; submissions, which
    /// write to another table, do not.
    static let lockTimeout = "50ms"
    private static let beforeAllIDs = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The days, as `YYYYMMDD`, whose finished jobs are all older than `age`, oldest first.
    public func expiredDays(olderThan age: Duration) async throws -> [String] {
        try await pool.query(Statements.expiredPartitions, age.millisecondsTruncated).decode(String.self)
    }

    /// Removes a day's finished jobs: their attempts in small steps, then the partition as a whole.
    ///
    /// A partition cannot be detached concurrently while there is a default one, so its lock is asked for briefly instead.
    ///
    /// - Parameter step: How many jobs' attempts are removed in one statement.
    /// - Returns: False when the partition was in use; its attempts are gone, and another try is needed.
    public func drop(day: String, step: Int = 2_000) async throws -> Bool {
        var last = Self.beforeAllIDs
        while let next = try await pool.query(Statements.deleteAttemptsOfDay, day, last, Int32(step)).first {
            last = try next.decode("id", as: UUID.self)
        }
        do {
            // A day made by the database, not text from outside. Another scheduler may have been quicker.
            try await pool.execute(
                "set local lock_timeout = '\(Self.lockTimeout)'; drop table if exists jobs_finished_\(day)"
            )
            // Done again with the next day, should this be the last that this process does.
            _ = try await pool.query(Statements.forgetDays, day)
            return true
        } catch let error as PostgresError where error.sqlState == .lockNotAvailable {
            return false
        }
    }

    /// Removes finished jobs that no daily partition covers.
    ///
    /// - Returns: How many were removed; fewer than the limit when no more are old enough.
    public func deleteStrayJobs(olderThan age: Duration, limit: Int) async throws -> Int {
        try await delete(Statements.deleteStrayFinishedJobs, age, limit)
    }

    /// Removes dead letters.
    ///
    /// - Returns: How many were removed; fewer than the limit when no more are old enough.
    public func deleteDeadJobs(olderThan age: Duration, limit: Int) async throws -> Int {
        try await delete(Statements.deleteOldDeadJobs, age, limit)
    }

    private func delete(_ statement: PostgresStatement, _ age: Duration, _ limit: Int) async throws -> Int {
        Int(try await pool.query(statement, age.millisecondsTruncated, Int32(limit)).single(Int64.self))
    }
}
