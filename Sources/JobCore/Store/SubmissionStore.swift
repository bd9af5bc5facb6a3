public import Foundation
public import Postgres

/// Puts new jobs on record.
public struct SubmissionStore: Sendable {
    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Stores jobs in one transaction and one round trip: all of them or none.
    ///
    /// - Returns: When they were stored, by the database's clock. A job whose `runAt` is not later than that is queued.
    public func insert(_ jobs: [NewJob]) async throws -> Date {
        var statements = [PostgresStatement.Bound(Statements.insertJobs, parameters: Self.columns(of: jobs))]
        if jobs.contains(where: { $0.runAt != nil }) {
            statements.append(Statements.announceTimers.bind())
        }
        let results = try await pool.pipeline(statements)
        return try results[0].single(Date.self)
    }

    private static func columns(of jobs: [NewJob]) -> [any PostgresEncodable] {
        [
            jobs.map(\.id.uuid),
            jobs.map(\.tenant.rawValue),
            jobs.map(\.queue.rawValue),
            jobs.map(\.type.rawValue),
            jobs.map(\.priority.rawValue),
            jobs.map { PostgresJSON(bytes: $0.payload) },
            jobs.map { Int32($0.maxAttempts) },
            jobs.map { $0.retry.map(\.json) },
            jobs.map { $0.timeout?.wholeMilliseconds },
            jobs.map { $0.tags.isEmpty ? nil : $0.tags.joined(separator: "\u{1F}") },
            jobs.map(\.trace),
            jobs.map(\.runAt),
        ]
    }
}
