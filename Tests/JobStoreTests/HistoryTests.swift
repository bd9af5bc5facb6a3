import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct HistoryTests {
    private func partitions(_ fixture: StoreFixture) async throws -> Int {
        try await fixture.number(
            "select count(*) from pg_inherits where inhparent = 'jobs_finished'::regclass"
        )
    }

    @Test func partitionsAreMadeAheadOfTime() async throws {
        try await StoreFixture.run { fixture in
            let before = try await partitions(fixture)
            let (made, isDone) = try await fixture.stores.history.makePartitions(daysAhead: 3)
            #expect(made.count == 4 && isDone && made == made.sorted())
            let again = try await fixture.stores.history.makePartitions(daysAhead: 3)
            #expect(again.made.isEmpty && again.isDone)
            #expect(try await partitions(fixture) == before + 4)
            let id = try await fixture.submitAndClaim()
            try await fixture.end(id, run: 1, .success(result: nil))
            #expect(try await fixture.job(id).state == .completed)
            #expect(try await fixture.number("select count(*) from jobs_finished_\(made[0])") == 1)
        }
    }

    @Test func twoSchedulersThatMakeThemAtOnceDoNoHarm() async throws {
        try await StoreFixture.run { fixture in
            let before = try await partitions(fixture)
            // Which of them makes a day is chance; where they get in each other's way, one leaves it for another try.
            var isDone = false
            while !isDone {
                async let first = fixture.stores.history.makePartitions(daysAhead: 5)
                async let second = fixture.stores.history.makePartitions(daysAhead: 5)
                isDone = try await (first.isDone, second.isDone) == (true, true)
            }
            #expect(try await partitions(fixture) == before + 6)
        }
    }

    /// Somebody reads the history for an hour: neither the maintenance nor the outcomes behind it wait for that.
    @Test func aReaderOfTheHistoryHoldsUpNobody() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(30)
            _ = try await fixture.pull(30)
            try await fixture.withPool(1) { reader in
                try await reader.withTransaction { transaction in
                    try await transaction.execute("select count(*) from jobs_finished")
                    async let result = fixture.stores.history.makePartitions(daysAhead: 3)
                    for id in ids { try await fixture.end(id, run: 1, .success(result: nil)) }
                    let (made, isDone) = try await result
                    #expect(made.isEmpty && !isDone)
                }
            }
            #expect(try await fixture.counts() == JobCounts(submitted: 30, completed: 30))
            // Today's jobs are in the default partition by now, which keeps the day; those to come have their own.
            let (made, isDone) = try await fixture.stores.history.makePartitions(daysAhead: 3)
            #expect(made.count == 3 && isDone)
        }
    }
}
