import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct ScheduleFiringTests {
    @Test func aFiringMakesTheJobThatTheScheduleDescribes() async throws {
        try await StoreFixture.run { fixture in
            let template = JobTemplate(
                type: try JobType("echo"),
                queue: try QueueName("q"),
                priority: .high,
                payload: Array(#"{"n": 1.0}"#.utf8),
                maxAttempts: 7,
                retry: RetryPolicy(strategy: .fixed, base: 3),
                timeout: .milliseconds(1_500),
                tags: ["a", "b"]
            )
            let id = try await fixture.schedule(secondsAgo: 61) { $0.job = template }
            let round = try await fixture.stores.schedules.fireDue(limit: 10)
            let announcement = try #require(round.announcements.first)
            #expect(round.announcements.count == 1 && !round.hasMore)
            let backlog = Backlog(tenant: .default, queue: template.queue, priority: .high, type: template.type)
            #expect(announcement.backlog == backlog && announcement.run == 1)
            let job = try await fixture.job(announcement.id)
            #expect(job.state == .queued && job.type == "echo" && job.queue == "q" && job.priority == .high)
            #expect(job.payload == template.payload && job.maxAttempts == 7 && job.timeoutMilliseconds == 1_500)
            #expect(job.tags == ["a", "b"] && job.queuedAt == announcement.queuedAt)
            #expect(try job.retry.map { try RetryPolicy(json: PostgresJSON(bytes: $0)) } == template.retry)
            #expect(try await fixture.counts() == JobCounts(submitted: 1, queued: 1))
            let schedule = try await fixture.schedule(id)
            let firings = try await fixture.firings(of: id)
            #expect(firings.map(\.job) == [job.id])
            #expect(schedule.lastJob == job.id && schedule.lastAt == firings[0].instant && schedule.version == 1)
            #expect(schedule.nextAt == firings[0].instant + 60)
            #expect(try await fixture.stores.schedules.fireDue(limit: 10).announcements.isEmpty)
            let rest = try #require(try await fixture.stores.schedules.untilNextDue())
            #expect(rest > .zero && rest <= .seconds(60))
        }
    }

    @Test(arguments: [(MissedRunPolicy.skip, 0), (.latest, 1), (.all, 10)])
    func anAbsenceIsMadeUpForByThePolicy(_ policy: MissedRunPolicy, count: Int) async throws {
        try await StoreFixture.run { fixture in
            // Made 630 s ago, it was due 10 times, the last time 30 s ago.
            let id = try await fixture.schedule(secondsAgo: 630) { $0.missedRuns = policy }
            #expect(try await fixture.stores.schedules.fireDue(limit: 10).announcements.count == count)
            let instants = try await fixture.firings(of: id).map(\.instant)
            #expect(instants.count == count)
            for (earlier, later) in zip(instants, instants.dropFirst()) { #expect(later == earlier + 60) }
            #expect(try await fixture.stores.schedules.fireDue(limit: 10).announcements.isEmpty)
        }
    }

    @Test func ofVeryManyMissedFiringsTheNewestAreMadeUpFor() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.schedule("@every 1s", secondsAgo: 5_000) { $0.missedRuns = .all }
            let round = try await fixture.stores.schedules.fireDue(limit: 10)
            #expect(round.announcements.count == 100)
            let settled = try await fixture.schedule(id).settledAt
            let last = try #require(try await fixture.firings(of: id).last)
            #expect(settled.timeIntervalSince(last.instant) < 1)
        }
    }

    /// As after an upgrade of the time zone database: what was written down followed from another law.
    @Test func schedulesAreToldTheirNextInstantAnew() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.schedules
            var ids: [ScheduleID] = []
            for index in 0..<7 {
                ids.append(
                    try await fixture.schedule("30 9 * * *", name: "s\(index)") { $0.timeZone = "Europe/Berlin" }
                )
            }
            let right = try await fixture.schedule(ids[0]).nextAt
            let shift = PostgresStatement(
                "shift",
                "update schedules set next_at = next_at + interval '1 hour' where id = $1::uuid"
            )
            for id in ids.dropFirst(2) { _ = try await fixture.pool.query(shift, id.uuid) }
            _ = try await store.setPaused(true, ids[3], of: nil)
            var (moved, cursor, rounds): (Int, ScheduleID?, Int) = (0, nil, 0)
            repeat {
                let round = try await store.replan(after: cursor, limit: 3)
                (moved, cursor, rounds) = (moved + round.moved, round.next, rounds + 1)
            } while cursor != nil
            #expect(moved == 5 && rounds == 3)
            for id in ids { #expect(try await fixture.schedule(id).nextAt == right) }
            #expect(try await store.replan(after: nil, limit: 100).moved == 0)
        }
    }

    @Test func aPausedScheduleRestsAndItsPolicySaysWhatItMissed() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.schedules
            let id = try await fixture.schedule(secondsAgo: 630) { $0.missedRuns = .all }
            _ = try await store.setPaused(true, id, of: nil)
            #expect(try await store.fireDue(limit: 10).announcements.isEmpty)
            #expect(try await store.untilNextDue() == nil)
            _ = try await store.setPaused(false, id, of: nil)
            #expect(try #require(try await store.untilNextDue()) < .zero)
            #expect(try await store.fireDue(limit: 10).announcements.count == 10)
        }
    }

    @Test func whatCannotBeReadIsPausedAndTheOthersFire() async throws {
        try await StoreFixture.run { fixture in
            let broken = try await fixture.schedule(name: "broken", secondsAgo: 61)
            let sound = try await fixture.schedule(name: "sound", secondsAgo: 61)
            try await fixture.sql("update schedules set cron = '61 * * * *' where id = '\(broken)'")
            let round = try await fixture.stores.schedules.fireDue(limit: 10)
            #expect(round.broken.map(\.schedule.id) == [broken])
            #expect(round.announcements.count == 1)
            #expect(try await fixture.schedule(broken).isPaused)
            #expect(try await fixture.firings(of: sound).count == 1)
            #expect(try await fixture.stores.schedules.fireDue(limit: 10).broken.isEmpty)
        }
    }

    @Test func aFullBatchSaysThatThereMayBeMore() async throws {
        try await StoreFixture.run { fixture in
            for index in 0..<5 { _ = try await fixture.schedule(name: "s\(index)", secondsAgo: 61) }
            let store = fixture.stores.schedules
            let first = try await store.fireDue(limit: 3)
            #expect(first.announcements.count == 3 && first.hasMore)
            let second = try await store.fireDue(limit: 3)
            #expect(second.announcements.count == 2 && !second.hasMore)
        }
    }

    @Test func largePayloadsAreStoredInSeveralStatements() async throws {
        try await StoreFixture.run { fixture in
            let payload = Array("\"\(String(repeating: "x", count: 60_000))\"".utf8)
            for index in 0..<2 {
                _ = try await fixture.schedule("@every 1s", name: "s\(index)", secondsAgo: 200) {
                    $0.missedRuns = .all
                    $0.job.payload = payload
                }
            }
            #expect(try await fixture.stores.schedules.fireDue(limit: 10).announcements.count == 200)
            #expect(try await fixture.jobCount() == 200)
        }
    }

    @Test func oldFiringsAreRemovedInSteps() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.schedule("@every 1s", secondsAgo: 50) { $0.missedRuns = .all }
            let store = fixture.stores.schedules
            let count = try await store.fireDue(limit: 10).announcements.count
            #expect(count >= 50)
            try await fixture.sql("update schedule_firings set fired_at = fired_at - interval '8 days'")
            let week = Duration.seconds(7 * 86_400)
            #expect(try await store.deleteFirings(olderThan: week, limit: 40) == 40)
            #expect(try await store.deleteFirings(olderThan: week, limit: 40) == count - 40)
            // What has been dealt with does not fire again for want of its row.
            let settled = try await fixture.schedule(id).settledAt
            try await fixture.sql("update schedules set next_at = now() - interval '20 s'")
            _ = try await store.fireDue(limit: 10)
            #expect(try await fixture.firings(of: id).allSatisfy { $0.instant > settled })
        }
    }
}
