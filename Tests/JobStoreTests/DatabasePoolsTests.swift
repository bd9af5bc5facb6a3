import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct DatabasePoolsTests {
    private func withPools(_ connections: Int, _ body: (StoreFixture, DatabasePools) async throws -> Void) async throws
    {
        try await StoreFixture.run { fixture in
            let pools = try DatabasePools(
                PostgresConfiguration(url: fixture.url),
                connections: connections,
                logger: Logger(label: "test")
            )
            do {
                try await body(fixture, pools)
            } catch {
                for pool in pools.all { await pool.close() }
                throw error
            }
            for pool in pools.all { await pool.close() }
        }
    }

    @Test(arguments: [8, 16, 100]) func theyOpenNoMoreConnectionsThanTheyMay(connections: Int) async throws {
        try await withPools(connections) { _, pools in
            #expect(pools.all.reduce(0) { $0 + $1.metrics.maximum } <= connections)
            #expect(pools.all.allSatisfy { $0.metrics.maximum >= 2 })
        }
    }

    /// Each reader and each submission waits for a lock that is not given.
    @Test func tenSlowReadersDoNotKeepALeaseFromBeingRenewed() async throws {
        try await withPools(8) { fixture, pools in
            let stores = Stores(pools: pools)
            let id = try await fixture.submit()
            try await fixture.pool.withConnection { holder in
                try await holder.execute("begin; lock table jobs_finished in access exclusive mode")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<10 {
                        group.addTask { _ = try? await stores.jobs.scan(JobFilter(), limit: 50) }
                    }
                    while pools.reading.metrics.waiting < 8 { await Task.yield() }
                    for running in 0..<20 {
                        let renewal = try await stores.leases.renew([(fixture.session, running)], lease: .seconds(60))
                        #expect(renewal.renewed == [fixture.worker])
                    }
                    var batch = ExchangeBatch()
                    batch.claims = [RunClaim(job: id, run: 1, session: fixture.session)]
                    #expect(try await stores.exchanges.carryOut(batch).granted.map(\.job) == [id])
                    #expect(pools.reading.metrics.waiting == 8, "the readers still wait")
                    try await holder.execute("commit")
                    try await group.waitForAll()
                }
            }
        }
    }

    private func settings(_ pool: PostgresPool, _ names: String...) async throws -> [String] {
        var values: [String] = []
        for name in names {
            values.append(try await pool.query(PostgresStatement(name, "show \(name)"))[0].decode(String.self))
        }
        return values
    }

    @Test func whoReadsForTooLongIsStopped() async throws {
        try await withPools(8) { _, pools in
            let readers = try await settings(pools.reading, "statement_timeout", "plan_cache_mode")
            #expect(readers == ["10s", "force_custom_plan"])
            for pool in [pools.requests, pools.exchanges, pools.leases] {
                let others = try await settings(pool, "statement_timeout", "plan_cache_mode", "enable_seqscan")
                #expect(others == ["0", "force_generic_plan", "off"])
            }
        }
    }
}
