import Foundation
import Postgres
import Testing

@testable import Formats
@testable import JobCore
@testable import JobStore
@testable import Scheduler

/// What a scheduler does now and then, on a real database.
@Suite(.timeLimit(.minutes(1))) struct DutiesTests {
    private func hints(_ events: inout PostgresListener.Iterator) async throws -> [BacklogHint] {
        while let event = await events.next() {
            if case .notification(let notification) = event { return BacklogNotice.hints(in: notification.payload) }
        }
        throw CancellationError()
    }

    @Test func eachDutyHasANameOfItsOwnAndTheSweepIsVital() async throws {
        try await SchedulerFixture.run { fixture in
            let names = fixture.duties.all.map(\.name)
            #expect(Set(names).count == names.count)
            #expect(fixture.duties.all.filter(\.isVital).map(\.name) == ["sweep"])
            let retention = RetentionDuties(
                stores: fixture.stores,
                settings: fixture.duties.settings,
                logger: fixture.logger
            )
            #expect(
                retention.all.map(\.name) == [
                    "finished jobs", "stray finished jobs", "dead letters", "idempotency keys", "schedule firings",
                    "old operations",
                ]
            )
            for duty in fixture.duties.all { _ = try await duty.round() }
        }
    }

    @Test func anOverdueJobIsToldToTheJobServices() async throws {
        try await SchedulerFixture.run { fixture in
            _ = try await fixture.openWorker()
            var events = try fixture.listener(BacklogStore.channel).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            let sweep = try fixture.duty("sweep")
            _ = try await fixture.submit { $0.queue = QueueName(validated: "young") }
            #expect(try await !sweep.round())
            let id = try await fixture.submit { $0.queue = QueueName(validated: "old") }
            _ = try await fixture.submit {
                $0.queue = QueueName(validated: "old")
                $0.type = JobType(validated: "unknown")
            }
            try await fixture.pool.execute(
                "update jobs_live set queued_at = now() - interval '1 h' where queue = 'old'"
            )
            _ = try await sweep.round()
            let told = try await hints(&events)
            let job = try await fixture.job(id)
            #expect(told.map(\.backlog.queue.rawValue) == ["old"])
            #expect(told.map(\.backlog.type.rawValue) == ["noop"])
            #expect(told.map(\.since) == [try #require(job.queuedAt).microsecondsSince1970])
            // It is told again for as long as it waits.
            _ = try await sweep.round()
            #expect(try await hints(&events) == told)
        }
    }

    @Test func theJobsOfAWorkerWhoseLeaseRanOutAreTakenBack() async throws {
        try await SchedulerFixture.run { fixture in
            var running: [JobID] = []
            // More than one transaction ends.
            for _ in 0..<25 {
                let worker = try await fixture.openWorker()
                running.append(try await fixture.submit())
                try await fixture.claim(running[running.count - 1], by: worker)
            }
            _ = try await fixture.duty("sweep").round()
            #expect(try await fixture.stores.jobs.counts(of: nil).running == 25)
            try await fixture.pool.execute("update workers set lease_until = now() - interval '1 s'")
            _ = try await fixture.duty("sweep").round()
            #expect(try await fixture.stores.jobs.counts(of: nil) == JobCounts(submitted: 25, queued: 25, failed: 25))
            #expect(try await fixture.stores.leases.live(after: nil, limit: 9).isEmpty)
        }
    }

    @Test func aRunOfNobodyIsTakenBackOnTheNextRound() async throws {
        try await SchedulerFixture.run { fixture in
            let worker = try await fixture.openWorker()
            let orphan = try await fixture.submit()
            try await fixture.claim(orphan, by: worker)
            let duty = try fixture.duty("counters")
            _ = try await duty.round()
            #expect(try await fixture.job(orphan).state == .running)
            try await fixture.pool.execute("delete from claim_batches; delete from workers")
            _ = try await duty.round()
            #expect(try await fixture.job(orphan).state == .queued)
        }
    }

    @Test func whatNobodyHasAHandlerForIsBuriedInItsTime() async throws {
        try await SchedulerFixture.run(["UNHANDLED_TYPE_TTL": "1h"]) { fixture in
            _ = try await fixture.openWorker()
            let id = try await fixture.submit { $0.type = JobType(validated: "new") }
            let (counters, bury) = (try fixture.duty("counters"), try fixture.duty("jobs without a handler"))
            func round(after age: String) async throws -> JobState {
                try await fixture.pool.execute("update jobs_live set queued_at = now() - interval '\(age)'")
                try await fixture.pool.execute("update unhandled_backlogs set since = now() - interval '\(age)'")
                _ = try await counters.round()
                _ = try await bury.round()
                return try await fixture.job(id).state
            }
            #expect(try await round(after: "0 min") == .queued)
            #expect(try await round(after: "59 min") == .queued)
            #expect(try await round(after: "61 min") == .dead)
        }
    }

    /// A statement that must not wait for readers does not: the duty tries again until they are gone.
    @Test func partitionsAreMadeOnceTheHistoryIsFree() async throws {
        try await SchedulerFixture.run { fixture in
            let duty = try fixture.duty("history partitions")
            try await fixture.pool.withConnection { reader in
                try await reader.execute("begin; select count(*) from jobs_finished")
                #expect(try await duty.round(), "there is more to do")
                try await reader.execute("commit")
            }
            #expect(try await !duty.round())
            let statement = PostgresStatement(
                "partitions",
                "select count(*) from pg_inherits where inhparent = 'jobs_finished'::regclass"
            )
            #expect(try await fixture.pool.query(statement)[0].decode(Int64.self) == 9)
        }
    }
}
