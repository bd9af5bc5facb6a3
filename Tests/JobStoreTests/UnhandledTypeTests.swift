import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

/// Types that no live worker has a handler for.
@Suite(.timeLimit(.minutes(1))) struct UnhandledTypeTests {
    private func submit(_ fixture: StoreFixture, _ type: String, _ change: (inout NewJob) -> Void = { _ in })
        async throws
        -> JobID
    {
        try await fixture.submit {
            $0.type = JobType(validated: type)
            change(&$0)
        }
    }

    private func unhandled(_ fixture: StoreFixture) async throws -> [String: Int] {
        let found = try await fixture.stores.backlogs.tend(limit: 10).unhandled
        return Dictionary(uniqueKeysWithValues: found.map { ($0.type, $0.jobs) })
    }

    @Test func aTypeIsNotedUntilAWorkerWithAHandlerComes() async throws {
        try await StoreFixture.run { fixture in
            _ = try await fixture.submit()
            for _ in 0..<3 { _ = try await submit(fixture, "new") }
            let id = try await submit(fixture, "newer") { $0.priority = .low }
            let found = try await fixture.stores.backlogs.tend(limit: 10).unhandled
            #expect(found.map(\.type) == ["new", "newer"] && found.map(\.jobs) == [3, 1], "the most first")
            let noted = try await fixture.stores.backlogs.unhandledTypes(of: .default, limit: 10)
            #expect(noted.map(\.type) == ["new", "newer"])
            #expect(try await fixture.stores.backlogs.unhandledTypes(of: TenantName(validated: "t"), limit: 9).isEmpty)
            #expect(try await !fixture.stores.jobs.isHandled(fixture.job(id)))
            // Since when is not forgotten by the next look.
            #expect(try await unhandled(fixture).count == 2)
            #expect(
                try await fixture.stores.backlogs.unhandledTypes(of: nil, limit: 9).map(\.since) == noted.map(\.since)
            )

            try await fixture.open(types: ["newer"])
            #expect(try await unhandled(fixture) == ["new": 3])
            #expect(try await fixture.stores.backlogs.unhandledTypes(of: nil, limit: 9).map(\.type) == ["new"])
            #expect(try await fixture.stores.jobs.isHandled(fixture.job(id)))
        }
    }

    @Test func aHandlerForAnothersJobsOrAnotherQueueIsNone() async throws {
        try await StoreFixture.run { fixture in
            let other = TenantName(validated: "other")
            _ = try await submit(fixture, "bound") { $0.tenant = other }
            _ = try await submit(fixture, "picky") { $0.queue = QueueName(validated: "far") }
            let bound = StoreFixture.hello(.make(), tenant: .default, types: ["bound"])
            _ = try await fixture.stores.leases.open(bound, lease: .seconds(60))
            let picky = StoreFixture.hello(.make(), queues: [.default], types: ["picky"])
            _ = try await fixture.stores.leases.open(picky, lease: .seconds(60))
            #expect(try await unhandled(fixture) == ["bound": 1, "picky": 1])
            let fitting = StoreFixture.hello(.make(), tenant: other, types: ["bound"])
            _ = try await fixture.stores.leases.open(fitting, lease: .seconds(60))
            #expect(try await unhandled(fixture) == ["picky": 1])
        }
    }

    @Test func whatWaitsInAPausedQueueWaitsForSomethingElse() async throws {
        try await StoreFixture.run { fixture in
            _ = try await submit(fixture, "new")
            #expect(try await unhandled(fixture) == ["new": 1])
            try await fixture.pause(.default)
            #expect(try await unhandled(fixture).isEmpty)
            #expect(try await fixture.number("select count(*) from unhandled_backlogs") == 0)
            try await fixture.pause(.default, false)
            #expect(try await unhandled(fixture) == ["new": 1])
        }
    }

    /// Otherwise a weekend without workers would bury everything.
    @Test func withoutAnyWorkerNothingCountsAsUnhandled() async throws {
        try await StoreFixture.run { fixture in
            _ = try await submit(fixture, "new")
            #expect(try await unhandled(fixture) == ["new": 1])
            try await fixture.pool.execute("delete from workers")
            #expect(try await unhandled(fixture).isEmpty)
            #expect(try await fixture.number("select count(*) from unhandled_backlogs") == 0)
        }
    }

    @Test func onlyJobsThatHaveWaitedForSoLongAreBuried() async throws {
        try await StoreFixture.run { fixture in
            let old = try await submit(fixture, "new")
            let urgent = try await submit(fixture, "new") { $0.priority = .critical }
            let handled = try await fixture.submit()
            try await fixture.sql("update jobs_live set queued_at = queued_at - interval '2 hours'")
            let young = try await submit(fixture, "new")
            func bury(after time: Duration) async throws -> [DeadLetter] {
                try await fixture.stores.backlogs.buryUnhandled(after: time, limit: 10)
            }
            #expect(try await bury(after: .zero).isEmpty, "nobody has looked yet")
            _ = try await unhandled(fixture)
            #expect(try await bury(after: .seconds(3_600)).isEmpty, "they are old, but not for long without a handler")
            try await fixture.sql("update unhandled_backlogs set since = since - interval '90 minutes'")
            #expect(try await bury(after: .seconds(7_000)).isEmpty)
            let deaths = try await bury(after: .seconds(3_600))
            #expect(Set(deaths.map(\.id)) == [old, urgent])
            #expect(Set(deaths.map(\.reason)) == [.unhandled] && Set(deaths.map(\.kind)) == ["no_handler"])
            #expect(try await fixture.job(old).state == .dead)
            #expect(try await fixture.job(old).reason == "unhandled")
            for id in [young, handled] { #expect(try await fixture.job(id).state == .queued) }
            #expect(try await fixture.counts() == JobCounts(submitted: 4, queued: 2, died: 2, dead: 2))
            #expect(try await fixture.stores.deadLetters.ids(of: .init(), limit: 9).count == 2)
        }
    }

    /// It may have come since the last look, which is a while ago.
    @Test func aWorkerThatComesInTimeKeepsTheJobs() async throws {
        try await StoreFixture.run { fixture in
            let id = try await submit(fixture, "new")
            _ = try await unhandled(fixture)
            try await fixture.sql("update jobs_live set queued_at = queued_at - interval '2 hours'")
            try await fixture.sql("update unhandled_backlogs set since = since - interval '2 hours'")
            let worker = try await fixture.open(types: ["new"]).key
            #expect(try await fixture.stores.backlogs.buryUnhandled(after: .seconds(60), limit: 10).isEmpty)
            #expect(try await fixture.claim(id, run: 1, by: worker) != nil)
        }
    }

    @Test func theyAreBuriedSoManyAtATime() async throws {
        try await StoreFixture.run { fixture in
            for index in 0..<7 { _ = try await submit(fixture, "new\(index % 2)") }
            _ = try await unhandled(fixture)
            try await fixture.sql("update jobs_live set queued_at = queued_at - interval '2 hours'")
            try await fixture.sql("update unhandled_backlogs set since = since - interval '2 hours'")
            var sizes: [Int] = []
            repeat {
                sizes.append(try await fixture.stores.backlogs.buryUnhandled(after: .seconds(60), limit: 3).count)
            } while sizes.last != 0
            #expect(sizes == [3, 3, 1, 0])
        }
    }

    /// A million jobs that nobody can run cost the others nothing: they are not on the way of a pull.
    @Test func whatNobodyHandlesStandsInNobodysWay() async throws {
        try await StoreFixture.run { fixture in
            let jobs = (0..<20_000).map { _ in NewJob(type: JobType(validated: "new"), payload: Array("{}".utf8)) }
            _ = try await fixture.stores.submissions.copy(jobs)
            let id = try await fixture.submit()
            #expect(try await fixture.stores.backlogs.waiting(of: nil, limit: 10) == [.noop])
            try await fixture.sql("select pg_stat_force_next_flush()")
            func read() async throws -> Int {
                try await fixture.number(
                    "select idx_tup_read from pg_stat_user_indexes where indexrelname = 'jobs_live_backlog'"
                )
            }
            let before = try await read()
            try await fixture.withPool(1) { pool in
                var batch = ExchangeBatch()
                batch.pulls = [BacklogPull(.noop, since: 0, shares: [(fixture.session, 10)])]
                #expect(try await ExchangeStore(pool: pool).carryOut(batch).granted.map(\.job) == [id])
                try await pool.execute("select pg_stat_force_next_flush()")
            }
            let after = try await read()
            #expect(after - before < 100, "\(after - before) entries of the index were read for one job")
        }
    }
}
