public import Foundation
import Metrics
import Postgres

/// Takes new jobs: stores them, many requests in one statement, and announces those that may run now.
public struct JobSubmission: Sendable {
    private let batcher: Batcher<NewJob, Date>

    /// Submits to a store and announces through a publisher.
    public init(store: SubmissionStore, publisher: JobPublisher) {
        let submitted = Counter(label: "qf_jobs_submitted_total")
        let batches = Counter(label: "qf_submission_batches_total")
        batcher = Batcher(
            limits: .init(batchItems: 1_000, batchCost: 16 << 20, waitingCost: 128 << 20, lanes: 2),
            cost: { 512 + $0.payload.count },
            isolates: { ($0 as? PostgresError)?.isCausedByData ?? false },
            flush: { jobs in
                let storedAt = try await retryingConflicts { try await store.insert(jobs) }
                submitted.increment(by: jobs.count)
                batches.increment()
                let due = jobs.filter { $0.isDue(at: storedAt) }
                publisher.publish(due.map { JobAnnouncement($0, queuedAt: storedAt) })
                return jobs.map { _ in storedAt }
            }
        )
    }

    /// Stores a job. It is on record, committed, when this returns; it has not been announced yet.
    ///
    /// - Returns: When it was stored, by the database's clock.
    /// - Throws: ``BatcherOverloaded`` at once when too many wait; what the store threw otherwise.
    public func submit(_ job: NewJob) async throws -> Date {
        try await batcher.submit(job)
    }

    /// The bytes of jobs that wait to be stored, about.
    public var waitingBytes: Int { batcher.waitingCost }
}

extension NewJob {
    /// Whether the job is queued, not scheduled, when it is stored at that time.
    public func isDue(at storedAt: Date) -> Bool {
        runAt.map { $0 <= storedAt } ?? true
    }
}
