import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// That a tenant gets no more than it may have, through however many processes it asks at once.
@Suite(.timeLimit(.minutes(2))) struct TenantLimitTests {
    private static let tenant = TenantName(validated: "small")
    private static let actor = AuditActor(Principal(subject: "root", tenant: .default, role: .admin))

    /// Two processes with connections of their own, and a tenant that may have so many of everything.
    private func race(
        _ limits: [TenantLimit: Int],
        _ body: (StoreFixture, [Stores]) async throws -> Void
    ) async throws {
        try await StoreFixture.run { fixture in
            _ = try await fixture.stores.tenants.create(Self.tenant, limits: limits, by: Self.actor)
            try await fixture.withPool(6) { first in
                try await fixture.withPool(6) { second in
                    try await body(fixture, [first, second].map { Stores(pools: DatabasePools($0)) })
                }
            }
        }
    }

    /// Tries so often at once, by turns through each process.
    ///
    /// - Returns: How many succeeded; the others were told of the limit.
    private func attempts(
        _ count: Int,
        through stores: [Stores],
        _ limit: TenantLimit,
        _ attempt: @escaping @Sendable (Stores, Int) async throws -> Void
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<count {
                group.addTask {
                    do {
                        try await retryingConflicts { try await attempt(stores[index % stores.count], index) }
                        return true
                    } catch let error as TenantLimitReached {
                        #expect(error.limit == limit && error.used <= error.maximum)
                        return false
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
    }

    private static func definition(_ name: String, _ cron: String = "@daily", queue: String = "q") throws
        -> ScheduleDefinition
    {
        ScheduleDefinition(
            name: try ScheduleName(name),
            cron: cron,
            job: JobTemplate(type: Backlog.noop.type, queue: try QueueName(queue))
        )
    }

    @Test func queuesAreMadeUpToTheLimit() async throws {
        try await race([.queues: 7]) { fixture, stores in
            // Each name is asked for four times, twice through each process.
            let made = try await attempts(80, through: stores, .queues) { stores, index in
                try await stores.queues.enter([try QueueName("q\(index / 4)")], of: Self.tenant)
            }
            let rows = try await fixture.number("select count(*) from tenant_queues where tenant = 'small'")
            #expect(rows == 7 && made >= 7)
            #expect(try await fixture.number("select queues from tenants where name = 'small'") == 7)
            // Those that there are let jobs in, together or not.
            let names = try await fixture.pool.query(
                PostgresStatement("names", "select queue from tenant_queues where tenant = 'small'")
            ).decode(String.self).map { try QueueName($0) }
            try await stores[0].queues.enter(names, of: Self.tenant)
            await #expect(throws: TenantLimitReached(.queues, maximum: 7, used: 7)) {
                try await stores[1].queues.enter(names + [try QueueName("one.more")], of: Self.tenant)
            }
            // What is said about a queue, and a schedule, make one as well.
            await #expect(throws: TenantLimitReached.self) {
                let queue = TenantQueue(tenant: Self.tenant, queue: try QueueName("said"))
                _ = try await stores[0].queues.change(queue, .maxDepth(3), ifVersion: nil, by: Self.actor)
            }
            await #expect(throws: TenantLimitReached.self) {
                _ = try await stores[0].schedules.create(try Self.definition("s", queue: "new"), of: Self.tenant)
            }
            #expect(try await fixture.number("select count(*) from queues where tenant = 'small'") == 0)
            #expect(try await fixture.number("select count(*) from schedules where tenant = 'small'") == 0)
            try await stores[0].queues.enter([try QueueName("q")], of: TenantName(validated: "other"))
        }
    }

    /// A queue that is removed makes room for another; one that is let in meanwhile by a process that remembers it is counted once more.
    @Test func aQueueThatIsRemovedMakesRoom() async throws {
        try await race([.queues: 2]) { fixture, stores in
            let queue = TenantQueue(tenant: Self.tenant, queue: try QueueName("first"))
            try await stores[0].queues.enter([queue.queue, try QueueName("second")], of: Self.tenant)
            let job = try await fixture.submit {
                $0.tenant = Self.tenant
                $0.queue = queue.queue
            }
            #expect(try await stores[0].queues.remove(queue, by: Self.actor) == false)
            _ = try await stores[0].cancellations.cancel(job, of: Self.tenant)
            #expect(try await stores[1].queues.remove(queue, by: Self.actor) == true)
            #expect(try await stores[1].queues.remove(queue, by: Self.actor) == nil)
            try await stores[1].queues.enter([try QueueName("third")], of: Self.tenant)
            await #expect(throws: TenantLimitReached.self) {
                try await stores[0].queues.enter([queue.queue], of: Self.tenant)
            }
            _ = try await fixture.submit {
                $0.tenant = Self.tenant
                $0.queue = queue.queue
            }
            for _ in 0..<2 { _ = try await fixture.stores.backlogs.tend(limit: 1) }
            #expect(try await fixture.number("select queues from tenants where name = 'small'") == 3)
            #expect(try await fixture.number("select count(*) from tenant_queues where tenant = 'small'") == 3)
        }
    }

    @Test func schedulesAreMadeUpToTheLimit() async throws {
        try await race([.schedules: 5]) { fixture, stores in
            let made = try await attempts(40, through: stores, .schedules) { stores, index in
                _ = try await stores.schedules.create(try Self.definition("s\(index)"), of: Self.tenant)
            }
            #expect(made == 5)
            #expect(try await fixture.number("select count(*) from schedules where tenant = 'small'") == 5)
            // One that is written anew is none more.
            let schedule = try #require(
                try await stores[0].schedules.schedules(of: Self.tenant, before: nil, limit: 1).first
            )
            let replaced = try await stores[0].schedules.replace(
                schedule.id,
                of: Self.tenant,
                by: try Self.definition(schedule.definition.name.rawValue, "@hourly")
            )
            guard case .replaced = replaced else { return #expect(Bool(false), "\(replaced)") }
        }
    }

    @Test func theBusiestMinutesComeToNoMoreThanTheLimit() async throws {
        try await race([.firings: 130]) { fixture, stores in
            let made = try await attempts(20, through: stores, .firings) { stores, index in
                _ = try await stores.schedules.create(try Self.definition("s\(index)", "* * * * * *"), of: Self.tenant)
            }
            #expect(made == 2)
            // Ten are left: by another expression, too, no more are had.
            let small = try #require(
                try await stores[0].schedules.create(try Self.definition("small", "*/10 * * * * *"), of: Self.tenant)
            )
            let wider = try Self.definition("small", "*/5 * * * * *")
            await #expect(throws: TenantLimitReached(.firings, maximum: 130, used: 120)) {
                _ = try await stores[1].schedules.replace(small.id, of: Self.tenant, by: wider)
            }
            #expect(try await fixture.number("select sum(firings)::int8 from schedules where tenant = 'small'") == 126)
        }
    }

    @Test func keysAreMadeUpToTheLimitAndRevokedOnesDoNotCount() async throws {
        try await race([.apiKeys: 4]) { fixture, stores in
            @Sendable func make(_ stores: Stores, _ index: Int) async throws {
                let new = NewAPIKey(tenant: Self.tenant, name: "k\(index)", role: .user, scopes: nil, expiresAt: nil)
                _ = try await stores.apiKeys.create(new, by: Self.actor)
            }
            #expect(try await attempts(30, through: stores, .apiKeys, make) == 4)
            let key = try #require(try await stores[0].apiKeys.keys(of: Self.tenant, after: nil, limit: 1).first)
            #expect(try await stores[1].apiKeys.revoke(key.id, by: Self.actor))
            #expect(try await attempts(10, through: stores, .apiKeys, make) == 1)
            try await fixture.sql("update api_keys set expires_at = now() where tenant = 'small'")
            #expect(try await attempts(10, through: stores, .apiKeys, make) == 4)
        }
    }

    @Test func workersOpenSessionsUpToTheLimit() async throws {
        try await race([.workers: 3]) { fixture, stores in
            let workers = (0..<20).map { _ in WorkerID.make() }
            let opened = try await attempts(40, through: stores, .workers) { stores, index in
                let hello = StoreFixture.hello(workers[index / 2], tenant: Self.tenant)
                _ = try await stores.leases.open(hello, lease: .seconds(60))
            }
            // Each worker says hello twice, and is one.
            #expect(try await fixture.number("select count(*) from workers where tenant = 'small'") == 3)
            #expect(opened >= 3 && opened <= 6)
            try await fixture.sql("update workers set lease_until = now() where tenant = 'small'")
            let later = try await attempts(5, through: stores, .workers) { stores, _ in
                _ = try await stores.leases.open(StoreFixture.hello(.make(), tenant: Self.tenant), lease: .seconds(60))
            }
            #expect(later == 3)
            // The installation's own are nobody's.
            for _ in 0..<5 { try await fixture.open() }
        }
    }

    /// Through the stores nothing holds back immediate jobs; what comes by schedule and by replay is measured where it is made.
    @Test func firingsAndReplaysStopWhereTheTenantIsFull() async throws {
        try await StoreFixture.run { fixture in
            _ = try await fixture.stores.tenants.create(Self.tenant, limits: [.waitingJobs: 10], by: Self.actor)
            _ = try await fixture.submit(4) { $0.tenant = Self.tenant }
            _ = try await fixture.submit(3) {
                $0.tenant = Self.tenant
                $0.runAt = Date(timeIntervalSinceNow: 3_600)
            }
            var definition = try Self.definition("often", "@every 1s")
            definition.missedRuns = .all
            let schedule = try #require(try await fixture.stores.schedules.create(definition, of: Self.tenant))
            try await fixture.sql(
                "update schedules set created_at = now() - interval '100 s', settled_at = now() - interval '50 s', next_at = now() - interval '49 s'"
            )
            let round = try await fixture.stores.schedules.fireDue(limit: 10)
            #expect(round.announcements.count == 3 && round.skipped >= 45)
            let after = try #require(try await fixture.stores.schedules.schedule(schedule.id, of: Self.tenant))
            #expect(after.skipped == round.skipped && after.skippedReason == "waiting_jobs" && after.skippedAt != nil)
            #expect(after.lastJob != nil)
            // They were dealt with, and do not come again.
            #expect(try await fixture.stores.schedules.fireDue(limit: 10).skipped <= 1)
            let waiting = try await fixture.stores.levels.read([.waiting(Self.tenant)])
            #expect(waiting[.waiting(Self.tenant)] == 10)

            let dead = try await fixture.submitAndClaim {
                $0.tenant = Self.tenant
                $0.maxAttempts = 1
            }
            try await fixture.end(dead, run: 1, .failure(RunFailure(kind: "error", error: "x")))
            await #expect(throws: TenantLimitReached(.waitingJobs, maximum: 10, used: 11)) {
                _ = try await fixture.stores.deadLetters.replay(
                    DeadLetterSelection(ids: [dead]),
                    limit: 1,
                    pace: nil,
                    by: Self.actor
                )
            }
            #expect(try await fixture.job(dead).state == .dead)
            try await fixture.expectCountersToMatchRows("after what was refused")
        }
    }

    @Test func aScheduleHeedsTheDepthOfItsQueue() async throws {
        try await StoreFixture.run { fixture in
            var definition = try Self.definition("often", "@every 1s", queue: "shallow")
            definition.missedRuns = .all
            _ = try await fixture.stores.schedules.create(definition, of: Self.tenant)
            let queue = TenantQueue(tenant: Self.tenant, queue: try QueueName("shallow"))
            _ = try await fixture.stores.queues.change(queue, .maxDepth(10), ifVersion: nil, by: Self.actor)
            try await fixture.sql(
                "update schedules set created_at = now() - interval '100 s', settled_at = now() - interval '50 s', next_at = now() - interval '49 s'"
            )
            #expect(try await fixture.stores.schedules.fireDue(limit: 10).announcements.count == 10)
            let page = try await fixture.stores.schedules.schedules(of: Self.tenant, before: nil, limit: 1)
            #expect(page.first?.skippedReason == "max_depth")
        }
    }
}
