import Foundation
import Postgres
import Testing

@testable import Formats
@testable import JobCore
@testable import JobStore

extension StoreFixture {
    /// Stores a job and answers its id.
    func submit(_ change: (inout NewJob) -> Void = { _ in }) async throws -> JobID {
        var job = NewJob(type: try JobType("noop"), payload: Array(#"{"a": 1}"#.utf8))
        change(&job)
        _ = try await stores.submissions.insert([job])
        return job.id
    }

    /// Stores so many jobs one after the other, so that each has a time of its own; answers their ids in that order.
    func submit(_ count: Int, _ change: (inout NewJob) -> Void = { _ in }) async throws -> [JobID] {
        var ids: [JobID] = []
        for _ in 0..<count { ids.append(try await submit(change)) }
        return ids
    }

    /// Stores a job and claims its first run.
    func submitAndClaim(_ change: (inout NewJob) -> Void = { _ in }) async throws -> JobID {
        let id = try await submit(change)
        try #require(try await claim(id, run: 1) != nil)
        return id
    }

    /// Claims a run by name.
    func claim(_ id: JobID, run: Int, by session: WorkerSessionKey? = nil) async throws -> GrantedRun? {
        var batch = ExchangeBatch()
        batch.claims = [RunClaim(job: id, run: run, session: session ?? self.session)]
        return try await stores.exchanges.carryOut(batch).granted.first
    }

    /// Pulls jobs of a backlog.
    func pull(
        _ count: Int,
        of backlog: Backlog = .noop,
        since: Int64 = 0,
        by session: WorkerSessionKey? = nil
    ) async throws -> [GrantedRun] {
        var batch = ExchangeBatch()
        batch.pulls = [BacklogPull(backlog, since: since, shares: [(session ?? self.session, count)])]
        return try await stores.exchanges.carryOut(batch).granted
    }

    @discardableResult
    func end(_ id: JobID, run: Int, by worker: WorkerID? = nil, _ kind: RunOutcome.Kind) async throws -> EndedRuns {
        let fence = RunFence(run: run, worker: worker ?? self.worker)
        return try await stores.exchanges.record([RunOutcome(job: id, fence: fence, kind: kind)])
    }

    func job(_ id: JobID) async throws -> Job {
        guard let job = try await stores.jobs.job(id, of: nil) else { throw NoSuchJob(id: id) }
        return job
    }

    func counts() async throws -> JobCounts {
        try await stores.jobs.counts(of: nil)
    }

    /// When a job became queued, in microseconds since 1970.
    func queuedAt(_ id: JobID) async throws -> Int64 {
        try #require(try await job(id).queuedAt).microsecondsSince1970
    }

    /// The runs of a worker's session that are to be stopped.
    func cancelledRuns(of session: WorkerSessionKey? = nil) async throws -> [CancelledRun] {
        try await stores.leases.renew([(session ?? self.session, 1)], lease: .seconds(60)).cancelled
    }

    /// Checks that the counters say what counting the rows does, for each queue alone.
    ///
    /// - Parameter died: How many jobs ever died of each queue; nil leaves that to the counters, as rows do not tell.
    func expectCountersToMatchRows(_ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let columns = "submitted, scheduled, queued, running, retrying, completed, cancelled, failed, dead"
        let sums = columns.split(separator: ", ").map { "sum(\($0))::int8" }.joined(separator: ", ")
        func read(_ sql: String) async throws -> [String: [Int64]] {
            var figures: [String: [Int64]] = [:]
            for row in try await pool.query(PostgresStatement(sql, sql)) {
                figures[try row.decode(0, as: String.self)] = try (1...9).map { try row.decode($0, as: Int64.self) }
            }
            return figures
        }
        let counted = try await read(
            """
            select tenant || '/' || queue, count(*), count(*) filter (where state = 'scheduled'),
                   count(*) filter (where state = 'queued'), count(*) filter (where state = 'running'),
                   count(*) filter (where state = 'retrying'), count(*) filter (where state = 'completed'),
                   count(*) filter (where state = 'cancelled'),
                   sum((select count(*) from job_attempts a where a.job_id = j.id))::int8,
                   count(*) filter (where state = 'dead')
            from jobs j group by tenant, queue
            """
        )
        let kept = try await read("select tenant || '/' || queue, \(sums) from counters group by tenant, queue")
        #expect(kept == counted, comment, sourceLocation: sourceLocation)
        // What waits is found by the counters of a backlog.
        let backlogs = try await number(
            """
            select count(*) from (
                select tenant, queue, priority, type, sum(queued) from job_counters group by 1, 2, 3, 4 having sum(queued) <> 0
                except
                select tenant, queue, priority, type, count(*) from jobs_live where state = 'queued' group by 1, 2, 3, 4
            ) wrong
            """
        )
        #expect(backlogs == 0, comment, sourceLocation: sourceLocation)
    }
}

extension Backlog {
    /// Where jobs wait of which a test says nothing else.
    static let noop = Backlog(tenant: .default, queue: .default, priority: .normal, type: JobType(validated: "noop"))
}
