import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// What tenants have, kept instead of counted.
@Suite(.timeLimit(.minutes(2))) struct TenantFigureTests {
    /// Two processes do whatever may be done to jobs, with payloads and results of any size, while a scheduler folds.
    @Test(arguments: [UInt64](11...13))
    func whateverHappensTheyAreWhatTheRowsSay(seed: UInt64) async throws {
        try await StoreFixture.run { fixture in
            try await fixture.withPool(3) { second in
                _ = try await Crowd.ofTwoProcesses(fixture, second, seed: seed)
                try await fixture.expectFiguresToMatchRows("seed \(seed)")
                for _ in 0..<2 { _ = try await fixture.stores.backlogs.tend(limit: 10) }
                try await fixture.expectFiguresToMatchRows("seed \(seed), folded")
                // The dead go one by one, the history by the day.
                _ = try await fixture.stores.retention.deleteDeadJobs(olderThan: .zero, limit: 1_000)
                try await fixture.expectFiguresToMatchRows("seed \(seed), without the dead")
            }
        }
    }

    @Test func theHistoryIsCountedOutWithItsDay() async throws {
        try await StoreFixture.run { fixture in
            _ = try await fixture.stores.history.makePartitions(daysAhead: 1)
            let result = Array(#"{"b": "result"}"#.utf8)
            let finished = try await fixture.submitAndClaim()
            try await fixture.end(finished, run: 1, .success(result: result))
            _ = try await fixture.submit()
            #expect(try await fixture.stored() == 8 + result.count + 8)
            _ = try await fixture.stores.backlogs.tend(limit: 10)
            #expect(try await fixture.stored() == 8 + result.count + 8)
            #expect(try await fixture.number("select bytes from tenant_days") == 8 + result.count)
            let today = try await fixture.pool.query(
                PostgresStatement("today", "select to_char(now() at time zone 'UTC', 'YYYYMMDD')")
            )[0].decode(String.self)
            #expect(try await fixture.stores.retention.drop(day: today))
            #expect(try await fixture.stored() == 8)
            // Told again, as by another scheduler, it takes nothing off.
            #expect(try await fixture.stores.retention.drop(day: today))
            #expect(try await fixture.stored() == 8)
            #expect(try await fixture.number("select count(*) from tenant_days") == 0)
        }
    }
}

extension StoreFixture {
    fileprivate func stored() async throws -> Int {
        try await stores.levels.read([.bytes(.default)])[.bytes(.default)] ?? 0
    }

    /// Checks that the levels of each tenant say what counting its rows does.
    func expectFiguresToMatchRows(_ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for tenant in try await pool.query(PostgresStatement("all", "select distinct tenant from jobs")).decode(
            String.self
        ) {
            let name = TenantName(validated: tenant)
            let levels = try await stores.levels.read([.waiting(name), .bytes(name)])
            let waiting = try await number(
                "select count(*) from jobs_live where tenant = '\(tenant)' and state in ('scheduled', 'queued', 'retrying')"
            )
            let bytes = try await number(
                """
                select coalesce(sum(octet_length(payload::text) + coalesce(octet_length(result::text), 0)), 0)::int8
                from jobs where tenant = '\(tenant)'
                """
            )
            #expect(levels[.waiting(name)] == waiting, comment, sourceLocation: sourceLocation)
            #expect(levels[.bytes(name)] == bytes, comment, sourceLocation: sourceLocation)
        }
    }
}
