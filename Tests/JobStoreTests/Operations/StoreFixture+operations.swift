import Foundation
import Postgres
import Testing

@testable import Formats
@testable import JobCore
@testable import JobStore

extension StoreFixture {
    static let actor = AuditActor(Principal(subject: "root", tenant: .default, role: .admin))

    /// A store of operations whose batches are small.
    func operations(_ mostInBatch: Int = 4, _ limits: UsualLimits = UsualLimits(), on pool: PostgresPool? = nil)
        -> BulkOperationStore
    {
        let pool = pool ?? self.pool
        return BulkOperationStore(pool: pool, reading: pool, limits: limits, mostInBatch: mostInBatch)
    }

    /// What a filter, as a JSON object, is meant for.
    func selection(_ filter: String, of tenant: TenantName? = nil) throws -> BulkOperationSelection {
        let json = Array(filter.utf8)
        return BulkOperationSelection(.init(try JobFilter(kept: json), json: json), of: tenant)
    }

    /// Puts an operation on record.
    func create(
        _ kind: BulkOperation.Kind,
        _ selection: BulkOperationSelection,
        patch: String? = nil,
        limit: Int? = nil,
        rate: Double? = nil
    ) async throws -> BulkOperationID {
        let new = NewBulkOperation(kind, selection, patch: patch.map { Array($0.utf8) }, limit: limit, rate: rate)
        return try await stores.operations.create(new, matched: nil, by: Self.actor).id
    }

    func operation(_ id: BulkOperationID) async throws -> BulkOperation {
        try #require(try await stores.operations.operation(id, of: nil))
    }

    /// Carries out batches until none is due.
    @discardableResult
    func carryOutAll(_ store: BulkOperationStore) async throws -> [BulkOperationBatch] {
        var batches: [BulkOperationBatch] = []
        while let batch = try await store.carryOutBatch() { batches.append(batch) }
        return batches
    }

    /// A job that dies of an error.
    func dead(of error: String = "bad", _ change: (inout NewJob) -> Void = { _ in }) async throws -> JobID {
        let id = try await submitAndClaim(change)
        try await end(id, run: 1, .failure(RunFailure(kind: "error", error: error, isFinal: true)))
        return id
    }

    /// A job of each state, in the order of `JobState`.
    func oneOfEach(_ change: (inout NewJob) -> Void = { _ in }) async throws -> [JobState: JobID] {
        let soon = Date().addingTimeInterval(3_600)
        let retrying = try await submitAndClaim(change)
        try await end(retrying, run: 1, .failure(RunFailure(kind: "error", error: "x", retryAfter: .seconds(3_600))))
        let completed = try await submitAndClaim(change)
        try await end(completed, run: 1, .success(result: Array("[1]".utf8)))
        let cancelled = try await submit(change)
        _ = try await stores.cancellations.cancel(cancelled, of: nil)
        return [
            .scheduled: try await submit {
                change(&$0); $0.runAt = soon
            }, .queued: try await submit(change),
            .running: try await submitAndClaim(change), .retrying: retrying, .completed: completed,
            .dead: try await dead(of: "bad", change), .cancelled: cancelled,
        ]
    }
}
