import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(2))) struct ScheduleRaceTests {
    /// Every second's instant through the time until which the schedule has been dealt with.
    private func expectEachInstantOnce(_ fixture: StoreFixture, _ id: ScheduleID) async throws -> Int {
        let schedule = try await fixture.schedule(id)
        let firings = try await fixture.firings(of: id)
        let created = schedule.createdAt.timeIntervalSince1970.rounded(.down)
        let settled = schedule.settledAt.timeIntervalSince1970.rounded(.down)
        #expect(
            firings.map(\.instant.timeIntervalSince1970) == Array(stride(from: created + 1, through: settled, by: 1))
        )
        return firings.count
    }

    @Test func schedulersThatRaceFireEachInstantOnce() async throws {
        try await StoreFixture.run { fixture in
            var ids: [ScheduleID] = []
            for index in 0..<12 {
                ids.append(
                    try await fixture.schedule("* * * * * *", name: "s\(index)", secondsAgo: 20) {
                        $0.missedRuns = .all
                    }
                )
            }
            let end = ContinuousClock.now + .seconds(3)
            let store = fixture.stores.schedules
            let announced = try await withThrowingTaskGroup(of: [JobID].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var announced: [JobID] = []
                        while ContinuousClock.now < end {
                            let round = try await retryingConflicts { try await store.fireDue(limit: 5) }
                            announced += round.announcements.map(\.id)
                        }
                        return announced
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            var total = 0
            for id in ids { total += try await expectEachInstantOnce(fixture, id) }
            #expect(total >= 12 * 20)
            #expect(announced.count == total && Set(announced).count == total)
            #expect(try await fixture.jobCount() == total)
            #expect(try await fixture.counts() == JobCounts(submitted: Int64(total), queued: Int64(total)))
        }
    }

    @Test func aFiringThatWaitedHappensOnceWhoeverHearsOfTheEnd() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.schedules
            for index in 0..<10 {
                let id = try await fixture.schedule(name: "s\(index)", secondsAgo: 61) { $0.overlap = .queue }
                let job = try #require(try await store.fireDue(limit: 10).announcements.first).id
                try await fixture.rewind(id, by: 61)
                _ = try await store.fireDue(limit: 10)
                _ = try await fixture.claim(job, run: 1)
                try await fixture.end(job, run: 1, .success(result: nil))
                let fired = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<4 {
                        group.addTask { try await store.fireDue(limit: 10).announcements.count }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(fired == 1)
                #expect(try await fixture.firings(of: id).count == 2)
                #expect(try await store.delete(id, of: nil))
            }
        }
    }

    /// The scheduler is held where it first writes to the table, and dies there.
    @Test(arguments: ["schedule_firings", "jobs_live", "schedules"])
    func aSchedulerThatDiesOnTheWayLeavesEverythingAsItWas(_ table: String) async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.schedule("* * * * * *", secondsAgo: 20) { $0.missedRuns = .all }
            let before = try await fixture.schedule(id)
            let victims = PostgresPool(configuration: try PostgresConfiguration(url: fixture.url), size: 0...1)
            let obstacle = try await PostgresConnection.connect(PostgresConfiguration(url: fixture.url))
            try await obstacle.execute("begin; lock table \(table) in share mode")
            let firing = Task { try await ScheduleStore(pool: victims).fireDue(limit: 10) }
            try await killWhoWaits(fixture)
            await #expect(throws: (any Error).self) { _ = try await firing.value }
            try await obstacle.execute("rollback")
            await obstacle.close()
            await victims.close()

            #expect(try await fixture.schedule(id) == before)
            #expect(try await fixture.firings(of: id).isEmpty)
            #expect(try await fixture.jobCount() == 0)
            #expect(try await fixture.stores.schedules.fireDue(limit: 10).announcements.count >= 20)
            let count = try await expectEachInstantOnce(fixture, id)
            #expect(try await fixture.jobCount() == count)
        }
    }

    /// Waits until a session waits for a lock, which only the server knows, and ends it.
    private func killWhoWaits(_ fixture: StoreFixture) async throws {
        let statement = PostgresStatement(
            "kill",
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and backend_type = 'client backend'
            """
        )
        while try await fixture.pool.query(statement).isEmpty {
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
