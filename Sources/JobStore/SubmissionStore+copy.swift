import Concurrency
public import Foundation
public import JobCore
import Postgres

extension SubmissionStore {
    private static let liveColumns = [
        "id", "created_at", "queued_at", "run_at", "max_attempts", "timeout_ms", "state", "priority", "tenant", "queue",
        "type",
        "tags", "trace", "retry", "payload",
    ]

    /// Stores many jobs by `COPY`, in one transaction: all of them or none. Their idempotency keys are not looked at.
    ///
    /// - Returns: When they were stored, by the database's clock. A job whose `runAt` is not later than that is queued.
    public func copy(_ jobs: [NewJob]) async throws -> Date {
        try await pool.withTransaction { transaction in
            let storedAt = try await transaction.query(Statements.databaseTime).single(Date.self)
            try await transaction.copyIn(
                into: "jobs_live",
                columns: Self.liveColumns,
                rows: JobRows(jobs: jobs, storedAt: storedAt)
            )
            try await Self.count(jobs, storedAt, transaction)
            if Self.areDueSoon(jobs, after: storedAt) {
                try await transaction.query(Statements.announceTimers)
            }
            return storedAt
        }
    }

    private static func count(_ jobs: [NewJob], _ storedAt: Date, _ transaction: PostgresTransaction) async throws {
        var counts: [Backlog: (scheduled: Int64, queued: Int64, bytes: Int64)] = [:]
        for job in jobs {
            let isDue = job.isDue(at: storedAt)
            var count = counts[job.backlog] ?? (0, 0, 0)
            if isDue { count.queued += 1 } else { count.scheduled += 1 }
            count.bytes += Int64(job.payload.count)
            counts[job.backlog] = count
        }
        let (backlogs, figures) = (Array(counts.keys), Array(counts.values))
        try await transaction.query(
            Statements.countBatch,
            backlogs.map(\.tenant.rawValue),
            backlogs.map(\.queue.rawValue),
            backlogs.map(\.priority.rawValue),
            backlogs.map(\.type.rawValue),
            figures.map(\.scheduled),
            figures.map(\.queued),
            figures.map(\.bytes)
        )
    }
}

/// Jobs as rows of `jobs_live`, each made when it is its turn.
private struct JobRows: AsyncSequence, Sendable {
    typealias Element = [any PostgresEncodable]

    let jobs: [NewJob]
    let storedAt: Date

    func makeAsyncIterator() -> Iterator {
        Iterator(jobs: jobs.makeIterator(), storedAt: storedAt)
    }

    struct Iterator: AsyncIteratorProtocol {
        var jobs: IndexingIterator<[NewJob]>
        let storedAt: Date

        mutating func next() async -> [any PostgresEncodable]? {
            guard let job = jobs.next() else { return nil }
            let isDue = job.isDue(at: storedAt)
            return [
                job.id.uuid,
                storedAt,
                isDue ? storedAt : nil as Date?,
                isDue ? nil as Date? : job.runAt,
                Int32(job.maxAttempts),
                job.timeout?.millisecondsTruncated,
                (isDue ? JobState.queued : .scheduled).rawValue,
                job.priority.rawValue,
                job.tenant.rawValue,
                job.queue.rawValue,
                job.type.rawValue,
                job.tags.isEmpty ? nil : job.tags,
                job.trace,
                job.retry.map(\.json),
                PostgresJSON(bytes: job.payload),
            ]
        }
    }
}
