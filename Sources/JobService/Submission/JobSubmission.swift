import Foundation
public import JobCore
public import JobStore
import Metrics
public import Platform
import Postgres
import Telemetry
import Tracing

/// Takes new jobs: stores them, many requests in one statement, and announces those that may run now.
public struct JobSubmission: Sendable {
    /// The most bytes of jobs that may wait to be stored, about.
    public static let maxWaitingBytes = 128 << 20

    /// How long jobs wait for those before them to be stored: longer than that takes, unless PostgreSQL is slow.
    private static let patience = Duration.milliseconds(10)

    private let batcher: Batcher<NewJob, SubmissionResult>
    private let admission: AdmissionControl
    private let queues: QueueRegistry
    let budget: JobBudget?
    private let store: SubmissionStore
    private let publisher: JobPublisher
    private let meters: JobMeters
    private let overloaded = Counter(.jobsRefused, [("reason", "overloaded")])

    /// Submits to a store and announces through a publisher.
    ///
    /// - Parameters:
    ///   - queues: Knows the tenants' queues.
    ///   - admission: Refuses jobs for queues that are too long, and of tenants that have too much.
    ///   - budget: Refuses jobs of tenants that have submitted as many as they may; nil admits any number.
    ///   - maxWaitingBytes: The most bytes of jobs that may wait to be stored, about; beyond them jobs are refused.
    public init(
        store: SubmissionStore,
        queues: QueueRegistry,
        publisher: JobPublisher,
        admission: AdmissionControl,
        budget: JobBudget? = nil,
        meters: JobMeters,
        maxWaitingBytes: Int = Self.maxWaitingBytes
    ) {
        self.admission = admission
        self.queues = queues
        self.budget = budget
        self.store = store
        self.publisher = publisher
        self.meters = meters
        let batches = Counter(.submissionBatches)
        let repeated = Counter(.idempotentRepeats, [("answered_by", "postgres")])
        batcher = Batcher(
            limits: .init(
                batchItems: 1_000,
                batchCost: 16 << 20,
                waitingCost: maxWaitingBytes,
                lanes: 2,
                patience: Self.patience
            ),
            cost: { 512 + $0.payload.count },
            owner: { $0.tenant },
            isolates: { ($0 as? PostgresError)?.isCausedByData ?? false },
            on: store.executor,
            flush: { jobs in
                let results = try await Self.inserting(jobs) {
                    try await retryingConflicts { try await store.submit(jobs) }
                }
                batches.increment()
                var announcements: [JobAnnouncement] = []
                var stored: [JobType] = []
                stored.reserveCapacity(jobs.count)
                for (job, result) in zip(jobs, results) {
                    switch result {
                    case .stored(let storedAt):
                        stored.append(job.type)
                        if job.isDue(at: storedAt) { announcements.append(JobAnnouncement(job, queuedAt: storedAt)) }
                    case .repeated: repeated.increment()
                    case .keyReused: break
                    }
                }
                meters.submitted(stored)
                publisher.publish(announcements)
                return results
            }
        )
    }

    /// Stores a job, unless its request was sent before. It is on record, committed, when this returns; it has not been
    /// announced yet.
    ///
    /// - Throws: ``JobBudgetSpent``; ``QueueFull``, ``TenantLimitReached`` and ``BatcherOverloaded`` at once when too many wait to run or to
    ///   be stored; what the store threw otherwise.
    public func submit(_ job: NewJob) async throws -> SubmissionResult {
        try await budget?.spend(1, of: job.tenant)
        try await queues.enter([job])
        try await admission.admit([job])
        var isStored = true
        defer { admission.settle([job], isStored: isStored) }
        let result: SubmissionResult
        do {
            result = try await batcher.submit(job)
        } catch let error as BatcherOverloaded {
            overloaded.increment()
            throw error
        }
        if case .stored = result {} else { isStored = false }
        return result
    }

    /// Stores many jobs of one request, all of one tenant, in a transaction of their own: all of them or none. They are on record,
    /// committed, when this returns; they have not been announced yet.
    ///
    /// - Throws: ``JobBudgetSpent``; ``QueueFull`` at once when one of their queues has no room for all of its jobs,
    ///   ``TenantLimitReached`` when their tenant has none; what the store threw otherwise.
    public func submitBatch(_ jobs: [NewJob]) async throws {
        if let tenant = jobs.first?.tenant { try await budget?.spend(jobs.count, of: tenant) }
        try await queues.enter(jobs)
        try await admission.admit(jobs)
        defer { admission.settle(jobs, isStored: true) }
        let storedAt = try await Self.inserting(jobs) {
            try await retryingConflicts { try await store.copy(jobs) }
        }
        meters.submitted(jobs.lazy.map(\.type))
        publisher.publish(jobs.filter { $0.isDue(at: storedAt) }.map { JobAnnouncement($0, queuedAt: storedAt) })
    }

    /// Stores jobs within a span in each of their traces that is recorded.
    private static func inserting<Result>(
        _ jobs: [NewJob],
        _ body: () async throws -> Result
    ) async throws -> Result {
        try await SharedSpans.around(
            "INSERT jobs_live",
            in: jobs.lazy.map(\.trace),
            attributes: {
                var attributes: SpanAttributes = [
                    "db.system.name": "postgresql", "db.operation.name": "INSERT", "db.collection.name": "jobs_live",
                    "db.query.summary": "INSERT jobs_live",
                ]
                if jobs.count > 1 { attributes["db.operation.batch.size"] = jobs.count }
                return attributes
            }(),
            body
        )
    }

    /// The bytes of jobs that wait to be stored, about.
    public var waitingBytes: Int { batcher.waitingCost }
}
