import Foundation
import Testing

@testable import JobCore

@Suite(.timeLimit(.minutes(1))) struct ClaimTests {
    @Test func oneOfManyClaimantsIsGrantedTheRun() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit()
            let workers = (0..<8).map { _ in WorkerID.make() }
            for worker in workers {
                _ = try await fixture.stores.leases.register(worker, name: "w", slots: 1, lease: .seconds(60))
            }
            let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for worker in workers { group.addTask { try await fixture.claim(id, run: 1, by: worker) != nil } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(granted == 1)
            #expect(try await fixture.job(id).attempt == 1)
        }
    }

    @Test func aRepeatedClaimIsGrantedAgainToTheSameWorkerOnly() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit()
            let first = try #require(try await fixture.claim(id, run: 1, wantsPayload: true))
            #expect(first.attempt == 1 && first.batch != nil)
            #expect(first.payload == Array(#"{"a": 1}"#.utf8))
            let again = try #require(try await fixture.claim(id, run: 1))
            #expect(again.attempt == 1 && again.batch == nil && again.payload == nil)
            let other = WorkerID.make()
            _ = try await fixture.stores.leases.register(other, name: "w", slots: 1, lease: .seconds(60))
            #expect(try await fixture.claim(id, run: 1, by: other) == nil)
        }
    }

    @Test func onlyTheNextRunIsGranted() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit()
            for run in [0, 2, 7] { #expect(try await fixture.claim(id, run: run) == nil, "run \(run)") }
            #expect(try await fixture.claim(id, run: 1) != nil)
        }
    }

    @Test func aWorkerWithoutALeaseIsRefused() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit()
            #expect(try await fixture.claim(id, run: 1, by: .make()) == nil)
            try await fixture.sql("update workers set lease_until = now() - interval '1 s'")
            #expect(try await fixture.claim(id, run: 1) == nil)
        }
    }

    @Test func whenALeaseEndsItsRunsAreTakenBackAndFencedOff() async throws {
        try await StoreFixture.run { fixture in
            let lost = try await fixture.submitAndClaim()
            let last = try await fixture.submitAndClaim { $0.maxAttempts = 1 }
            let done = try await fixture.submitAndClaim()
            try await fixture.end(done, run: 1, .success(result: nil))
            #expect(try await fixture.stores.leases.endExpired(limit: 10).workers.isEmpty)

            try await fixture.sql("update workers set lease_until = now() - interval '1 s'")
            let (workers, ended) = try await fixture.stores.leases.endExpired(limit: 10)
            #expect(workers.map(\.id) == [fixture.worker])
            #expect(ended.announcements.map(\.id) == [lost])
            #expect(ended.announcements.map(\.run) == [2])
            #expect(ended.deaths.map(\.id) == [last])
            #expect(ended.deaths.map(\.kind) == ["lost"])

            var job = try await fixture.job(lost)
            #expect((job.state, job.attempt) == (.queued, 1))
            job = try await fixture.job(last)
            #expect((job.state, job.reason) == (.dead, "attempts_exhausted"))
            #expect(try await fixture.job(done).state == .completed)

            try await fixture.end(lost, run: 1, .success(result: nil))
            #expect(try await fixture.job(lost).state == .queued)
            #expect(try await fixture.stores.leases.renew([(fixture.worker, 1)], lease: .seconds(10)).isEmpty)
            let counts = try await fixture.counts()
            #expect(counts == JobCounts(submitted: 3, queued: 1, completed: 1, failed: 2, died: 1, dead: 1))
        }
    }

    @Test func claimBatchesAreClosedOrSweptOnceTheirRunsHaveEnded() async throws {
        try await StoreFixture.run { fixture in
            let closed = try #require(try await fixture.claim(try await fixture.submit(), run: 1)?.batch)
            try await fixture.stores.claims.close(batches: [closed])
            let ended = try await fixture.submitAndClaim()
            _ = try await fixture.submitAndClaim()
            try await fixture.end(ended, run: 1, .success(result: nil))
            #expect(try await fixture.stores.claims.sweep(olderThan: .seconds(60)) == 0)
            try await fixture.sql("update claim_batches set claimed_at = now() - interval '2 minutes'")
            #expect(try await fixture.stores.claims.sweep(olderThan: .seconds(60)) == 1)
        }
    }

    @Test func aClaimIsAHeapOnlyUpdate() async throws {
        try await StoreFixture.run { fixture in
            var ids: [JobID] = []
            for _ in 0..<200 { ids.append(try await fixture.submit()) }
            let claims = ids.map {
                Claim(job: $0, fence: RunFence(run: 1, worker: fixture.worker), wantsPayload: false)
            }
            _ = try await fixture.stores.claims.decide(claims)
            try await fixture.sql("select pg_stat_force_next_flush()")
            let statistics = try await fixture.hotUpdates()
            #expect(statistics.all == 200)
            #expect(statistics.hot > 160, "\(statistics.hot) of 200 claims were heap-only updates")
        }
    }
}
