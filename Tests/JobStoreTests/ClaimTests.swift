import Foundation
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct ClaimTests {
    @Test func oneOfManyClaimantsIsGrantedTheRun() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit()
            var sessions: [WorkerSessionKey] = []
            for _ in 0..<8 { sessions.append(try await fixture.open().key) }
            let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for session in sessions { group.addTask { try await fixture.claim(id, run: 1, by: session) != nil } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(granted == 1)
            #expect(try await fixture.job(id).attempt == 1)
        }
    }

    @Test func aGrantTellsAllThatARunNeeds() async throws {
        try await StoreFixture.run { fixture in
            let retry = RetryPolicy(strategy: .fixed, base: 7, jitter: false)
            let id = try await fixture.submit {
                $0.retry = retry
                $0.timeout = .milliseconds(1_500)
                $0.maxAttempts = 3
                $0.trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
                $0.priority = .high
            }
            let queuedAt = try await fixture.queuedAt(id)
            let run = try #require(try await fixture.claim(id, run: 1))
            #expect((run.job, run.run, run.worker, run.attempt, run.maxAttempts) == (id, 1, fixture.worker, 1, 3))
            #expect((run.timeoutMilliseconds, run.queuedAt, run.retry) == (1_500, queuedAt, retry))
            #expect(run.payload == Array(#"{"a": 1}"#.utf8))
            #expect(run.trace == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            #expect(run.pull == nil)
            #expect(run.backlog == Backlog(tenant: .default, queue: .default, priority: .high, type: Backlog.noop.type))
        }
    }

    @Test func aRepeatedClaimIsRefusedWhoeverAsks() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submitAndClaim()
            #expect(try await fixture.claim(id, run: 1) == nil)
            #expect(try await fixture.claim(id, run: 1, by: fixture.open().key) == nil)
            #expect(try await fixture.job(id).attempt == 1)
            #expect(try await fixture.job(id).worker == fixture.worker)
        }
    }

    /// Numbers come from the wire: one that no column can hold is one that no job has.
    @Test func onlyTheNextRunIsGranted() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit()
            for run in [0, -1, 2, 7, Int(Int32.max), 3_000_000_000, .max] {
                #expect(try await fixture.claim(id, run: run) == nil, "run \(run)")
                try await fixture.end(id, run: run, .success(result: nil))
            }
            #expect(try await fixture.job(id).state == .queued)
            #expect(try await fixture.claim(id, run: 1) != nil)
            try await fixture.end(id, run: 4_294_967_297, .success(result: nil))
            #expect(try await fixture.job(id).state == .running)
        }
    }

    @Test func aWorkerWithoutALeaseIsRefused() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit()
            #expect(try await fixture.claim(id, run: 1, by: WorkerSessionKey(worker: .make(), session: 1)) == nil)
            try await fixture.expireLeases()
            #expect(try await fixture.stores.leases.endExpired(limit: 10).workers.map(\.id) == [fixture.worker])
            #expect(try await fixture.claim(id, run: 1) == nil)
            #expect(try await fixture.pull(1).isEmpty)
            #expect(try await fixture.job(id).state == .queued)
        }
    }

    @Test func aClaimIsAHeapOnlyUpdate() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(200)
            var batch = ExchangeBatch()
            batch.claims = ids.map { RunClaim(job: $0, run: 1, session: fixture.session) }
            #expect(try await fixture.stores.exchanges.carryOut(batch).granted.count == 200)
            try await fixture.sql("select pg_stat_force_next_flush()")
            func updates(_ column: String) async throws -> Int {
                try await fixture.number("select \(column) from pg_stat_user_tables where relname = 'jobs_live'")
            }
            #expect(try await updates("n_tup_upd") == 200)
            let hot = try await updates("n_tup_hot_upd")
            #expect(hot > 160, "\(hot) of 200 claims were heap-only updates")
        }
    }
}
