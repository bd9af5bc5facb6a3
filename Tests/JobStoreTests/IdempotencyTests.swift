import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct IdempotencyTests {
    private func job(_ key: String?, body: String = "{}", tenant: String = "t") throws -> NewJob {
        NewJob(
            tenant: try TenantName(tenant),
            type: try JobType("noop"),
            payload: Array("{}".utf8),
            request: try key.map { IdempotentRequest(key: try IdempotencyKey($0), body: body.utf8) }
        )
    }

    @Test func aRepeatFindsTheFirstJobAndAnotherBodyIsTold() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.submissions
            let first = try job("k")
            guard case .stored = try await store.submit([first])[0] else {
                Issue.record("the first request was not stored")
                return
            }
            #expect(try await store.submit([try job("k")]) == [.repeated(first.id)])
            #expect(try await store.submit([try job("k", body: "{ }")]) == [.keyReused])
            #expect(try await fixture.counts().submitted == 1)
            // A key is its tenant's own.
            guard case .stored = try await store.submit([try job("k", tenant: "other")])[0] else {
                Issue.record("the key of another tenant stood in the way")
                return
            }
        }
    }

    @Test func inOneBatchARepeatLeavesItsNeighboursAlone() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.submissions
            let earlier = try job("b")
            _ = try await store.submit([earlier])
            let batch = [
                try job(nil), try job("a"), try job("a"), try job("b"), try job("b", body: "1"),
                try job("a", body: "2"),
                try job(nil), try job("c"),
            ]
            let results = try await store.submit(batch)
            let isStored = results.map { if case .stored = $0 { true } else { false } }
            #expect(isStored == [true, true, false, false, false, false, true, true])
            #expect(results[2] == .repeated(batch[1].id))
            #expect(results[3] == .repeated(earlier.id))
            #expect(results[4] == .keyReused)
            #expect(results[5] == .keyReused)
            #expect(try await fixture.counts().submitted == 5)
            #expect(try await fixture.counts().queued == 5)
        }
    }

    /// Two pools stand for two job-services. Their batches hold the same keys in opposite orders, which deadlocks unless keys are
    /// taken in their own order.
    @Test func batchesOfSeveralServicesMakeOneJobForEachKey() async throws {
        try await StoreFixture.run { fixture in
            let keys = (0..<40).map { "key-\($0)" }
            var stored = 0
            try await withThrowingTaskGroup(of: [SubmissionResult].self) { group in
                for round in 0..<16 {
                    let jobs = try (round.isMultiple(of: 2) ? keys : keys.reversed()).map { try job($0) }
                    group.addTask { try await fixture.stores.submissions.submit(jobs) }
                }
                for try await results in group {
                    for case .stored in results { stored += 1 }
                    #expect(!results.contains(.keyReused))
                }
            }
            #expect(stored == keys.count)
            #expect(try await fixture.counts().submitted == Int64(keys.count))
        }
    }

    @Test func aFailedBatchKeepsNoKey() async throws {
        try await StoreFixture.run { fixture in
            var bad = try job("x")
            bad.payload = Array("not JSON".utf8)
            let jobs = [try job("k"), bad]
            await #expect(throws: PostgresError.self) { try await fixture.stores.submissions.submit(jobs) }
            guard case .stored = try await fixture.stores.submissions.submit([try job("k")])[0] else {
                Issue.record("the key of a request that failed was kept")
                return
            }
        }
    }

    @Test func anExpiredKeyCanBeUsedAgainAndIsRemoved() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.submissions
            _ = try await store.submit([try job("old"), try job("older"), try job("young")])
            try await fixture.sql(
                "update idempotency_keys set expires_at = now() - interval '1 s' where key <> 'young'"
            )
            guard case .stored = try await store.submit([try job("old", body: "another")])[0] else {
                Issue.record("an expired key stood in the way")
                return
            }
            #expect(try await store.deleteExpiredKeys(limit: 10) == 1)
            #expect(try await store.deleteExpiredKeys(limit: 10) == 0)
            #expect(try await store.submit([try job("old", body: "another")]) != [.keyReused])
            #expect(try await store.submit([try job("young", body: "another")]) == [.keyReused])
        }
    }
}
