import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct ScheduleOverlapTests {
    /// Makes a schedule that has just fired, and answers the job, which is running.
    private func firedOnce(_ fixture: StoreFixture, _ overlap: OverlapPolicy) async throws -> (ScheduleID, JobID) {
        let id = try await fixture.schedule(secondsAgo: 61) { $0.overlap = overlap }
        let job = try #require(try await fixture.stores.schedules.fireDue(limit: 10).announcements.first).id
        try #require(try await fixture.claim(job, run: 1) != nil)
        return (id, job)
    }

    /// Fires what is due a minute later: one firing. The second more makes it another instant.
    private func fireLater(_ fixture: StoreFixture, _ id: ScheduleID) async throws -> ScheduleRound {
        try await fixture.rewind(id, by: 61)
        return try await fixture.stores.schedules.fireDue(limit: 10)
    }

    @Test func underAllowBothRun() async throws {
        try await StoreFixture.run { fixture in
            let (id, _) = try await firedOnce(fixture, .allow)
            #expect(try await fireLater(fixture, id).announcements.count == 1)
        }
    }

    @Test func underSkipAFiringDoesNotHappenUntilTheJobHasEnded() async throws {
        try await StoreFixture.run { fixture in
            let (id, job) = try await firedOnce(fixture, .skip)
            let busy = try await fireLater(fixture, id)
            #expect(busy.announcements.isEmpty && busy.dropped == 1)
            // Waiting for its next attempt, it has not ended either.
            try await fixture.end(job, run: 1, .failure(RunFailure(kind: "error", error: "x")))
            #expect(try await fireLater(fixture, id).dropped == 1)
            _ = try await fixture.stores.cancellations.cancel(job, of: nil)
            #expect(try await fireLater(fixture, id).announcements.count == 1)
        }
    }

    @Test(arguments: ["completed", "dead", "cancelled", "lost"])
    func underQueueOneWaitsForTheEndAndSchedulersHearOfIt(_ end: String) async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.schedules
            let (id, job) = try await firedOnce(fixture, .queue)
            let first = try await fireLater(fixture, id)
            let waiting = try #require(try await fixture.schedule(id).waitingAt)
            #expect(first.announcements.isEmpty && first.dropped == 0)
            let second = try await fireLater(fixture, id)
            #expect(second.announcements.isEmpty && second.dropped == 1)
            #expect(try await fixture.schedule(id).waitingAt == waiting)
            #expect(try await store.fireDue(limit: 10).announcements.isEmpty)

            var events = try await fixture.listening(to: ScheduleStore.channel)
            switch end {
            case "completed": try await fixture.end(job, run: 1, .success(result: nil))
            case "dead":
                try await fixture.end(job, run: 1, .failure(RunFailure(kind: "error", error: "x", isFinal: true)))
            case "lost":
                try await fixture.sql("update jobs_live set attempt = max_attempts")
                try await fixture.sql("update workers set lease_until = now() - interval '1 s'")
                #expect(try await fixture.stores.leases.endExpired(limit: 10).ended.deaths.count == 1)
            default:
                #expect(try await fixture.stores.cancellations.cancel(job, of: nil) == .requested)
                try await fixture.end(job, run: 1, .cancelled)
            }
            #expect(await events.next() != nil)
            let freed = try await store.fireDue(limit: 10)
            #expect(freed.announcements.count == 1)
            #expect(try await fixture.firings(of: id).contains { $0.instant == waiting })
            let schedule = try await fixture.schedule(id)
            #expect(schedule.waitingAt == nil && schedule.lastJob == freed.announcements.first?.id)
            #expect(try await store.fireDue(limit: 10).announcements.isEmpty)
        }
    }

    @Test func whatWaitsRestsWithItsSchedule() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.schedules
            let (id, job) = try await firedOnce(fixture, .queue)
            _ = try await fireLater(fixture, id)
            _ = try await store.setPaused(true, id, of: nil)
            try await fixture.end(job, run: 1, .success(result: nil))
            #expect(try await store.fireDue(limit: 10).announcements.isEmpty)
            _ = try await store.setPaused(false, id, of: nil)
            #expect(try await store.fireDue(limit: 10).announcements.count == 1)
        }
    }

    @Test func theEndOfOtherJobsTellsNobody() async throws {
        try await StoreFixture.run { fixture in
            let (_, allowed) = try await firedOnce(fixture, .allow)
            var events = try await fixture.listening(to: ScheduleStore.channel)
            let other = try await fixture.submitAndClaim()
            try await fixture.end(other, run: 1, .success(result: nil))
            try await fixture.end(allowed, run: 1, .success(result: nil))
            try await fixture.sql("notify qf_schedules, 'first'")
            #expect(try payload(of: await events.next()) == "first")
        }
    }

    private func payload(of event: PostgresListener.Event?) throws -> String {
        guard case .notification(let notification) = try #require(event) else { return "" }
        return notification.payload
    }
}
