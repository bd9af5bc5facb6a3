import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

/// What a batch of exchanges does and gives.
@Suite(.timeLimit(.minutes(2))) struct ExchangeTests {
    @Test func outcomesClosingsClaimsAndPullsAreOneTransaction() async throws {
        try await StoreFixture.run { fixture in
            let running = try #require(try await fixture.claim(try await fixture.submit(), run: 1))
            let named = try await fixture.submit { $0.priority = .critical }
            let waiting = try await fixture.submit(3)
            var batch = ExchangeBatch()
            let fence = RunFence(run: 1, worker: fixture.worker)
            batch.outcomes = [RunOutcome(job: running.job, fence: fence, kind: .success(result: nil))]
            batch.closings = [(running.batch, fixture.worker)]
            batch.claims = [RunClaim(job: named, run: 1, session: fixture.session)]
            batch.pulls = [BacklogPull(.noop, since: 0, shares: [(fixture.session, 2)])]
            let granted = try await fixture.stores.exchanges.carryOut(batch).granted
            #expect(Set(granted.map(\.job)) == Set([named] + waiting.prefix(2)))
            #expect(Set(granted.filter { $0.pull == 0 }.map(\.job)) == Set(waiting.prefix(2)))
            #expect(granted.filter { $0.pull == nil }.map(\.backlog.priority) == [.critical])
            #expect(Set(granted.map(\.batch)).count == 1, "a worker's grants are one claim batch")
            #expect(try await fixture.number("select count(*) from claim_batches") == 1)
            #expect(try await fixture.counts() == JobCounts(submitted: 5, queued: 1, running: 3, completed: 1))
        }
    }

    @Test func aPullGivesTheOldestFirst() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(7)
            #expect(Set(try await fixture.pull(4).map(\.job)) == Set(ids.prefix(4)))
            #expect(Set(try await fixture.pull(4).map(\.job)) == Set(ids.suffix(3)))
            #expect(try await fixture.pull(4).isEmpty)
        }
    }

    @Test func workersThatPullOneBacklogGetItsJobsInTheOrderOfTheirShares() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(10)
            let (first, second) = (try await fixture.open().key, try await fixture.open().key)
            var batch = ExchangeBatch()
            batch.pulls = [BacklogPull(.noop, since: 0, shares: [(first, 3), (second, 4), (first, 1), (second, 0)])]
            let granted = try await fixture.stores.exchanges.carryOut(batch).granted
            #expect(granted.count == 8)
            func jobs(_ session: WorkerSessionKey) -> Set<JobID> {
                Set(granted.filter { $0.worker == session.worker }.map(\.job))
            }
            #expect(jobs(first) == Set(ids[0..<3] + ids[7..<8]))
            #expect(jobs(second) == Set(ids[3..<7]))
        }
    }

    /// The worker's row is there, and in the new session: that must not let the old one's requests through.
    @Test func besidesItsPresentSessionNoneOfAWorkerIsGivenAnything() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(12)
            let old = fixture.session
            let present = try await fixture.open(fixture.worker).key
            var batch = ExchangeBatch()
            batch.claims = [
                RunClaim(job: ids[0], run: 1, session: old),
                RunClaim(job: ids[1], run: 1, session: present),
            ]
            batch.pulls = [BacklogPull(.noop, since: 0, shares: [(present, 4), (old, 4)])]
            let granted = Set(try await fixture.stores.exchanges.carryOut(batch).granted.map(\.job))
            #expect(granted.count == 5 && granted.contains(ids[1]))
            #expect(try await fixture.counts().running == 5)
        }
    }

    @Test func aPullBeginsWhereItIsTold() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(5)
            let since = try await fixture.queuedAt(ids[3])
            #expect(Set(try await fixture.pull(5, since: since).map(\.job)) == Set(ids[3...]))
            #expect(try await fixture.pull(5, since: since + 1).isEmpty)
            #expect(Set(try await fixture.pull(5, since: .min).map(\.job)) == Set(ids[..<3]))
            #expect(try await fixture.pull(5, since: .max).isEmpty)
        }
    }

    @Test func aPullTakesNothingButItsBacklog() async throws {
        try await StoreFixture.run { fixture in
            let strange: [(inout NewJob) -> Void] = [
                { $0.tenant = TenantName(validated: "other") }, { $0.queue = QueueName(validated: "other") },
                { $0.priority = .critical }, { $0.type = JobType(validated: "other") },
                { $0.runAt = Date().addingTimeInterval(3_600) },
            ]
            for change in strange { _ = try await fixture.submit(change) }
            let id = try await fixture.submit()
            #expect(try await fixture.pull(100).map(\.job) == [id])
            #expect(try await fixture.counts().queued == 4)
        }
    }

    @Test func aPausedQueueGivesNothingByNameOrByPull() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit()
            let elsewhere = try await fixture.submit { $0.queue = QueueName(validated: "other") }
            try await fixture.pause(.default)
            var batch = ExchangeBatch()
            batch.claims = [id, elsewhere].map { RunClaim(job: $0, run: 1, session: fixture.session) }
            batch.pulls = [BacklogPull(.noop, since: 0, shares: [(fixture.session, 5)])]
            #expect(try await fixture.stores.exchanges.carryOut(batch).granted.map(\.job) == [elsewhere])
            try await fixture.pause(.default, false)
            #expect(try await fixture.stores.exchanges.carryOut(batch).granted.map(\.job) == [id])
        }
    }

    @Test func aJobThatIsNamedAndPulledIsGrantedOnce() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(3)
            let other = try await fixture.open().key
            var batch = ExchangeBatch()
            batch.claims = [fixture.session, other].map { RunClaim(job: ids[1], run: 1, session: $0) }
            batch.pulls = [BacklogPull(.noop, since: 0, shares: [(fixture.session, 2), (other, 2)])]
            let granted = try await fixture.stores.exchanges.carryOut(batch).granted
            #expect(granted.map(\.job).count == 3 && Set(granted.map(\.job)) == Set(ids))
            #expect(granted.first { $0.job == ids[1] }?.pull == nil)
            #expect(try await fixture.counts().running == 3)
        }
    }

    @Test func grantsStopOnceTheirPayloadsAreLargeEnough() async throws {
        try await StoreFixture.run { fixture in
            let other = try await fixture.open().key
            let payload = Array("\"\(String(repeating: "x", count: 998))\"".utf8)
            _ = try await fixture.submit(12) { $0.payload = payload }
            var batch = ExchangeBatch(maxGrantBytes: 2_500)
            batch.pulls = [BacklogPull(.noop, since: 0, shares: [(fixture.session, 6), (other, 6)])]
            let granted = try await fixture.stores.exchanges.carryOut(batch).granted
            // The one that passes the limit is the last.
            #expect(granted.count { $0.worker == fixture.worker } == 3)
            #expect(granted.count { $0.worker == other.worker } == 3)
            #expect(try await fixture.counts() == JobCounts(submitted: 12, queued: 6, running: 6))
            // However little it may be, one job always gets through.
            batch = ExchangeBatch(maxGrantBytes: 1)
            batch.pulls = [BacklogPull(.noop, since: 0, shares: [(fixture.session, 3), (other, 3)])]
            #expect(try await fixture.stores.exchanges.carryOut(batch).granted.count == 2)
        }
    }

    @Test func aRowThatAnotherTransactionHoldsIsPassedOver() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(4)
            try await fixture.withPool(1) { holder in
                try await holder.withTransaction { transaction in
                    try await transaction.execute("select from jobs_live where id = '\(ids[0])' for update")
                    #expect(try await fixture.claim(ids[0], run: 1) == nil)
                    #expect(Set(try await fixture.pull(2).map(\.job)) == Set(ids[1...2]))
                }
            }
            #expect(Set(try await fixture.pull(5).map(\.job)) == [ids[0], ids[3]])
        }
    }

    @Test func aWorkerClosesNoBatchButItsOwn() async throws {
        try await StoreFixture.run { fixture in
            let run = try #require(try await fixture.claim(try await fixture.submit(), run: 1))
            try await fixture.end(run.job, run: 1, .success(result: nil))
            func close(by worker: WorkerID) async throws -> Int {
                var batch = ExchangeBatch()
                batch.closings = [(run.batch, worker)]
                _ = try await fixture.stores.exchanges.carryOut(batch)
                return try await fixture.number("select count(*) from claim_batches")
            }
            #expect(try await close(by: .make()) == 1)
            #expect(try await close(by: fixture.worker) == 0)
        }
    }

    @Test func claimBatchesThatNobodyClosedAreSweptOnceTheirRunsHaveEnded() async throws {
        try await StoreFixture.run { fixture in
            let ended = try await fixture.submitAndClaim()
            _ = try await fixture.submitAndClaim()
            try await fixture.end(ended, run: 1, .success(result: nil))
            #expect(try await fixture.stores.exchanges.sweepBatches(olderThan: .seconds(60)) == 0)
            try await fixture.sql("update claim_batches set claimed_at = now() - interval '2 minutes'")
            #expect(try await fixture.stores.exchanges.sweepBatches(olderThan: .seconds(60)) == 1)
        }
    }

    /// Deeper than any buffer there is: each pull goes on where the last one ended, by two connections at once.
    @Test func aBacklogOfAHundredThousandIsWorkedOffWithoutGapOrRepeat() async throws {
        try await StoreFixture.run { fixture in
            let count = 100_000
            for _ in 0..<10 {
                let jobs = (0..<count / 10).map { _ in NewJob(type: Backlog.noop.type, payload: Array("{}".utf8)) }
                _ = try await fixture.stores.submissions.copy(jobs)
            }
            let granted = try await withThrowingTaskGroup(of: [JobID].self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        var (since, jobs): (Int64, [JobID]) = (0, [])
                        while true {
                            let runs = try await fixture.pull(2_000, since: since)
                            guard let reached = runs.map(\.queuedAt).max() else { return jobs }
                            #expect(runs.allSatisfy { $0.queuedAt >= since })
                            since = reached
                            jobs += runs.map(\.job)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(granted.count == count && Set(granted).count == count)
            #expect(try await fixture.counts() == JobCounts(submitted: Int64(count), running: Int64(count)))
        }
    }
}

extension StoreFixture {
    /// Pauses a queue of the default tenant, or resumes it.
    func pause(_ queue: QueueName, _ isPaused: Bool = true) async throws {
        let actor = AuditActor(Principal(subject: "test", tenant: .default, role: .admin))
        let queue = TenantQueue(tenant: .default, queue: queue)
        _ = try await stores.queues.change(queue, isPaused ? .pause : .resume, ifVersion: nil, by: actor)
    }
}
