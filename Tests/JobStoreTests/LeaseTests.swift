import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

/// Leases and sessions: whose runs are whose, whatever was lost on the way.
@Suite(.timeLimit(.minutes(1))) struct LeaseTests {
    @Test func whatAHelloDoesNotNameIsGivenBackWithItsAttempt() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(3)
            _ = try await fixture.pull(3)
            let queuedAt = try await fixture.queuedAt(ids[1])
            let named = [RunKey(job: ids[0], run: 1), RunKey(job: ids[2], run: 7)]
            let opened = try await fixture.open(fixture.worker, runs: named)
            #expect(opened.leaseKept && opened.key.session > fixture.session.session)
            #expect(Set(opened.ended.announcements.map(\.id)) == [ids[1], ids[2]])
            #expect(opened.ended.announcements.map(\.run) == [2, 2])
            #expect(try await fixture.job(ids[0]).state == .running)
            let returned = try await fixture.job(ids[1])
            #expect((returned.state, returned.run, returned.attempt) == (.queued, 1, 0))
            #expect(try await fixture.queuedAt(ids[1]) == queuedAt, "it keeps its place")
            #expect(returned.worker == nil)
        }
    }

    @Test func onlyAWorkersPresentSessionIsGivenAnything() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(2)
            let present = try await fixture.open(fixture.worker).key
            #expect(try await fixture.claim(ids[0], run: 1) == nil)
            #expect(try await fixture.pull(2).isEmpty)
            #expect(try await fixture.stores.leases.renew([(fixture.session, 0)], lease: .seconds(60)).renewed.isEmpty)
            #expect(try await fixture.stores.leases.close(fixture.session).announcements.isEmpty)
            #expect(try await fixture.claim(ids[0], run: 1, by: present) != nil)
            #expect(try await fixture.pull(2, by: present).map(\.job) == [ids[1]])
            #expect(
                try await fixture.stores.leases.renew([(present, 2)], lease: .seconds(60)).renewed == [fixture.worker]
            )
        }
    }

    /// The answer to a claim is lost with its session: a hello that overtook the claim would leave the run with nobody.
    @Test(arguments: [false, true]) func whatEndsASessionWaitsForItsClaimUnderWay(isGoodbye: Bool) async throws {
        try await StoreFixture.run { fixture in
            try await fixture.withPool(1) { claiming in
                // The claim's last step is to count, in the row of its connection; by then it holds all else that it takes.
                let store = SubmissionStore(pool: GuardedPool(claiming))
                let job = NewJob(type: Backlog.noop.type, payload: Array("{}".utf8))
                _ = try await store.insert([job])
                var batch = ExchangeBatch()
                batch.claims = [RunClaim(job: job.id, run: 1, session: fixture.session)]
                let asked = batch
                let (granted, ended) = try await fixture.withPool(1) { holder in
                    try await holder.withConnection { connection in
                        try await connection.execute("begin; select from job_counters for update")
                        async let carriedOut = ExchangeStore(pool: claiming).carryOut(asked)
                        try await fixture.waitUntilBlocked(1)
                        async let over =
                            isGoodbye
                            ? fixture.stores.leases.close(fixture.session) : fixture.open(fixture.worker).ended
                        try await fixture.waitUntilBlocked(2)
                        try await connection.execute("commit")
                        return try await (carriedOut.granted, over)
                    }
                }
                #expect(granted.map(\.job) == [job.id])
                #expect(ended.announcements.map(\.id) == [job.id])
                let after = try await fixture.job(job.id)
                #expect((after.state, after.run, after.attempt) == (.queued, 1, 0))
            }
        }
    }

    @Test func aGoodbyeGivesEverythingBack() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(3)
            _ = try await fixture.pull(2)
            _ = try await fixture.claim(ids[2], run: 1)
            _ = try await fixture.stores.cancellations.cancel(ids[0], of: nil)
            let ended = try await fixture.stores.leases.close(fixture.session)
            #expect(Set(ended.announcements.map(\.id)) == Set(ids[1...]))
            #expect(ended.cancelled == 1)
            #expect(try await fixture.stores.leases.live(after: nil, limit: 10).isEmpty)
            #expect(try await fixture.counts() == JobCounts(submitted: 3, queued: 2, cancelled: 1))
            // Said twice, it changes nothing; and the worker is a new one afterwards.
            #expect(try await fixture.stores.leases.close(fixture.session).announcements.isEmpty)
            #expect(try await !fixture.open(fixture.worker).leaseKept)
        }
    }

    @Test func whenALeaseEndsItsRunsAreTakenBackAndFencedOff() async throws {
        try await StoreFixture.run { fixture in
            let lost = try await fixture.submitAndClaim()
            let last = try await fixture.submitAndClaim { $0.maxAttempts = 1 }
            let done = try await fixture.submitAndClaim()
            let queuedAt = try await fixture.queuedAt(lost)
            try await fixture.end(done, run: 1, .success(result: nil))
            #expect(try await fixture.stores.leases.endExpired(limit: 10).workers.isEmpty)

            try await fixture.expireLeases()
            let (workers, ended) = try await fixture.stores.leases.endExpired(limit: 10)
            #expect(workers.map(\.id) == [fixture.worker])
            #expect(ended.announcements.map(\.id) == [lost])
            #expect(ended.announcements.map(\.run) == [2])
            #expect(ended.deaths.map(\.id) == [last])
            #expect(ended.deaths.map(\.kind) == ["lost"])

            var job = try await fixture.job(lost)
            #expect((job.state, job.attempt) == (.queued, 1))
            #expect(try await fixture.queuedAt(lost) == queuedAt, "it keeps its place")
            job = try await fixture.job(last)
            #expect((job.state, job.reason) == (.dead, "attempts_exhausted"))
            #expect(try await fixture.job(done).state == .completed)

            try await fixture.end(lost, run: 1, .success(result: nil))
            #expect(try await fixture.job(lost).state == .queued)
            #expect(try await fixture.stores.leases.renew([(fixture.session, 1)], lease: .seconds(10)).renewed.isEmpty)
            let counts = try await fixture.counts()
            #expect(counts == JobCounts(submitted: 3, queued: 1, completed: 1, failed: 2, died: 1, dead: 1))
        }
    }

    /// A worker that was stopped for a while loses its lease and comes back under its id. What it had asked for before, and is carried out
    /// only now, would be granted to a session that nobody listens to.
    @Test func theNumberOfASessionIsNeverUsedAgain() async throws {
        try await StoreFixture.run { fixture in
            let (before, ids) = (fixture.session, try await fixture.submit(2))
            try await fixture.expireLeases()
            #expect(try await fixture.stores.leases.endExpired(limit: 10).workers.map(\.id) == [fixture.worker])
            let back = try await fixture.open(fixture.worker)
            #expect(back.key != before && !back.leaseKept)
            #expect(try await fixture.claim(ids[0], run: 1, by: before) == nil)
            #expect(try await fixture.pull(2, by: before).isEmpty)
            // The same after a goodbye.
            _ = try await fixture.stores.leases.close(back.key)
            let again = try await fixture.open(fixture.worker).key
            #expect(again != back.key && again != before)
            #expect(try await fixture.pull(2, by: back.key).isEmpty)
            #expect(try await fixture.pull(2, by: again).count == 2)
        }
    }

    /// Runs that are given while the lease ends are taken back with it, or they are not given.
    @Test func noRunIsLeftBehindWhenALeaseEndsWhileItIsGiven() async throws {
        try await StoreFixture.run { fixture in
            for _ in 0..<200 {
                let (session, id) = (try await fixture.open().key, try await fixture.submit())
                try await fixture.expireLeases(of: session.worker)
                async let granted = fixture.claim(id, run: 1, by: session)
                async let ended = retryingConflicts { try await fixture.stores.leases.endExpired(limit: 10) }
                _ = try await (granted, ended)
            }
            while try await !fixture.stores.leases.endExpired(limit: 10).workers.isEmpty {}
            #expect(try await fixture.number("select count(*) from jobs_live where state = 'running'") == 0)
            #expect(try await fixture.number("select count(*) from claim_batches") == 0)
        }
    }

    @Test func aLeaseThatIsRenewedInTimeIsNotEnded() async throws {
        try await StoreFixture.run { fixture in
            let other = try await fixture.open().key
            try await fixture.expireLeases()
            #expect(try await fixture.stores.backlogs.sweep(limit: 10).hasExpiredLeases)
            let renewal = try await fixture.stores.leases.renew([(fixture.session, 3)], lease: .seconds(60))
            #expect(renewal.renewed == [fixture.worker])
            #expect(try await fixture.stores.leases.endExpired(limit: 10).workers.map(\.id) == [other.worker])
            #expect(try await !fixture.stores.backlogs.sweep(limit: 10).hasExpiredLeases)
            #expect(try await fixture.stores.leases.live(after: nil, limit: 10).map(\.running) == [3])
        }
    }

    /// Whatever made it so: a run whose worker has no lease, and of which no claim batch tells.
    @Test func aRunOfNobodyIsCountedAndTakenBack() async throws {
        try await StoreFixture.run { fixture in
            let orphan = try await fixture.submitAndClaim()
            let other = try await fixture.open().key
            _ = try await fixture.submit(20)
            for size in [7, 13] {
                _ = try await fixture.pull(size, by: other)
                #expect(try await fixture.stores.backlogs.tend(limit: 10).orphans == 0)
            }
            try await fixture.sql("delete from claim_batches where worker_id = '\(fixture.worker)'")
            #expect(try await fixture.stores.backlogs.tend(limit: 10).orphans == 1)
            #expect(
                try await fixture.stores.leases.endOrphans(limit: 10).announcements.isEmpty,
                "its worker has a lease"
            )
            try await fixture.sql("delete from workers where id = '\(fixture.worker)'")
            #expect(try await fixture.stores.backlogs.tend(limit: 10).orphans == 1)
            #expect(try await fixture.stores.leases.endOrphans(limit: 10).announcements.map(\.id) == [orphan])
            #expect(try await fixture.stores.backlogs.tend(limit: 10).orphans == 0)
            let job = try await fixture.job(orphan)
            #expect((job.state, job.attempt) == (.queued, 1))
            #expect(try await fixture.counts() == JobCounts(submitted: 21, queued: 1, running: 20, failed: 1))
        }
    }
}
