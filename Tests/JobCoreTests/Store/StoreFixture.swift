import Foundation
import Logging
import Postgres
import TestSupport

@testable import JobCore

/// A database of its own with the schema, and the stores on it.
struct StoreFixture {
    let url: String
    let pool: PostgresPool
    let stores: Stores
    let worker = WorkerID.make()

    static func run(_ body: (StoreFixture) async throws -> Void) async throws {
        let url = try await TestServers.shared.database()
        let pool = PostgresPool(configuration: try PostgresConfiguration(url: url), size: 0...4)
        do {
            try await Schema.upgrade(pool, logger: Logger(label: "test"))
            let fixture = StoreFixture(url: url, pool: pool, stores: Stores(pool: pool))
            _ = try await fixture.stores.leases.register(fixture.worker, name: "w", slots: 10, lease: .seconds(60))
            try await body(fixture)
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
    }

    /// Stores a job and answers its id.
    func submit(_ change: (inout NewJob) -> Void = { _ in }) async throws -> JobID {
        var job = NewJob(type: try JobType("noop"), payload: Array(#"{"a": 1}"#.utf8))
        change(&job)
        _ = try await stores.submissions.insert([job])
        return job.id
    }

    /// Stores a job and claims its first run.
    func submitAndClaim(_ change: (inout NewJob) -> Void = { _ in }) async throws -> JobID {
        let id = try await submit(change)
        _ = try await claim(id, run: 1)
        return id
    }

    func claim(_ id: JobID, run: Int, by worker: WorkerID? = nil, wantsPayload: Bool = false) async throws -> Grant? {
        let fence = RunFence(run: run, worker: worker ?? self.worker)
        return try await stores.claims.decide([Claim(job: id, fence: fence, wantsPayload: wantsPayload)])[0]
    }

    @discardableResult
    func end(_ id: JobID, run: Int, by worker: WorkerID? = nil, _ kind: RunOutcome.Kind) async throws
        -> EndedRuns
    {
        let fence = RunFence(run: run, worker: worker ?? self.worker)
        return try await stores.outcomes.record([RunOutcome(job: id, fence: fence, kind: kind)])
    }

    func job(_ id: JobID) async throws -> Job {
        guard let job = try await stores.jobs.job(id, of: nil) else { throw NoSuchJob(id: id) }
        return job
    }

    func counts() async throws -> JobCounts {
        try await stores.jobs.counts(of: nil)
    }

    /// Runs SQL that only a test needs.
    func sql(_ text: String) async throws {
        try await pool.execute(text)
    }

    /// How many updates of jobs_live there were, and how many of them were heap-only.
    func hotUpdates() async throws -> (all: Int64, hot: Int64) {
        let statement = PostgresStatement(
            "hot_updates",
            "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'jobs_live'"
        )
        return try await pool.query(statement)[0].decode(Int64.self, Int64.self)
    }

    struct NoSuchJob: Error {
        var id: JobID
    }
}
