import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// The history by the minute, as schedulers write it on a real database.
@Suite(.timeLimit(.minutes(2))) struct MinuteTests {
    /// A scheduler's session.
    private struct Keeper {
        let connection: PostgresConnection
        let store: FigureStore

        init(_ fixture: StoreFixture) async throws {
            var configuration = try PostgresConfiguration(url: fixture.url)
            configuration.sessionSettings = FigureStore.sessionSettings
            connection = try await PostgresConnection.connect(
                configuration,
                logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
            )
            store = FigureStore(connection: connection)
        }
    }

    private func count(_ fixture: StoreFixture, _ submitted: Int, queue: String = "q", tenant: String = "t")
        async throws
    {
        try await fixture.sql(
            """
            insert into tenants (name) values ('\(tenant)') on conflict do nothing;
            insert into job_counters as c (tenant, queue, priority, type, slot, submitted, queued)
            values ('\(tenant)', '\(queue)', 'normal', 'noop', -1, \(submitted), \(submitted))
            on conflict (tenant, queue, priority, type, slot) do update set
                submitted = c.submitted + excluded.submitted, queued = c.queued + excluded.queued
            """
        )
    }

    /// As if so many minutes had passed since the last one was written: negative ones as if the clock had been set back.
    private func pass(_ fixture: StoreFixture, _ minutes: Int = 1) async throws {
        try await fixture.sql(
            "update figure_keeping set closed = date_trunc('minute', now()) - interval '\(minutes + 1) minutes'"
        )
    }

    /// Waits until no minute ends in the course of a test: at most a few seconds, and mostly not at all.
    private func waitForRoom(_ fixture: StoreFixture) async throws {
        while try await fixture.number("select (extract(second from clock_timestamp()) > 54)::int::int8") == 1 {
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func total(_ fixture: StoreFixture, _ what: String = "tenant = '' and queue = ''") async throws -> Int {
        try await fixture.number("select coalesce(sum(submitted), 0)::int8 from minute_figures where \(what)")
    }

    @Test func aMinuteIsWrittenOnceWhoeverWritesIt() async throws {
        try await StoreFixture.run { fixture in
            let keepers = [try await Keeper(fixture), try await Keeper(fixture)]
            try await count(fixture, 5)
            try await pass(fixture)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for keeper in keepers { group.addTask { try await keeper.store.closeMinute() } }
                try await group.waitForAll()
            }
            #expect(try await fixture.number("select count(*) from minute_figures") == 3)
            for what in ["tenant = '' and queue = ''", "tenant = 't' and queue = ''", "tenant = 't' and queue = 'q'"] {
                #expect(try await total(fixture, what) == 5)
            }
            // Nothing happens: nothing is written.
            try await fixture.sql("delete from minute_figures")
            try await pass(fixture)
            try await keepers[0].store.closeMinute()
            #expect(try await fixture.number("select count(*) from minute_figures") == 0)
            #expect(
                try await fixture.number(
                    "select (closed = date_trunc('minute', now()) - interval '1 minute')::int::int8 from figure_keeping"
                )
                    == 1
            )
            for keeper in keepers { await keeper.connection.close() }
        }
    }

    /// One is killed in the middle of writing a minute, and another one in the middle of a minute: what was counted is on record once.
    @Test func aSchedulerThatIsKilledLosesNothing() async throws {
        try await StoreFixture.run { fixture in
            try await waitForRoom(fixture)
            let (first, second) = (try await Keeper(fixture), try await Keeper(fixture))
            try await count(fixture, 5)
            try await pass(fixture)
            // Its last words are not on record.
            try await first.connection.execute("begin")
            _ = try await first.connection.query(Statements.closeMinute, Int32(10), Int32(10))
            await first.connection.close()
            #expect(try await total(fixture) == 0)
            try await second.store.closeMinute()
            #expect(try await total(fixture) == 5)
            try await count(fixture, 3)
            await second.connection.close()
            let third = try await Keeper(fixture)
            try await third.store.closeMinute()
            #expect(try await total(fixture) == 5, "the minute is not over")
            // A minute later there is a row of its own for it.
            try await fixture.sql("update minute_figures set minute = minute - interval '1 minute'")
            try await pass(fixture)
            try await third.store.closeMinute()
            #expect(try await total(fixture) == 8)
            #expect(try await fixture.number("select count(*) from minute_figures where queue = 'q'") == 2)
            await third.connection.close()
        }
    }

    @Test func aClockThatJumpsLosesNothing() async throws {
        try await StoreFixture.run { fixture in
            try await waitForRoom(fixture)
            let keeper = try await Keeper(fixture)
            try await fixture.sql("update figure_keeping set began = began - interval '1 day'")
            try await count(fixture, 10)
            try await pass(fixture, 10)
            try await keeper.store.closeMinute()
            let points = try #require(try await fixture.stores.minutes.history(of: FigureScope(tenant: nil), .hour))
            #expect(
                points[50...].allSatisfy { $0.flow?.submitted == 1 },
                "it is spread over the minutes that nobody saw"
            )
            #expect(points[..<50].allSatisfy { $0.flow?.submitted == 0 })
            // It is set back by half an hour, and all goes on from there.
            try await count(fixture, 4)
            try await pass(fixture, -30)
            let look = try await keeper.store.look(at: [], busiest: 10, after: nil, limit: 10)
            #expect(look.isMinuteDue && look.leftOfMinute > .zero && look.leftOfMinute <= .seconds(60))
            try await keeper.store.closeMinute()
            #expect(try await total(fixture) == 14)
            #expect(try await fixture.number("select count(*) from minute_figures where queue = 'q'") == 1)
            #expect(try await !keeper.store.look(at: [], busiest: 10, after: nil, limit: 10).isMinuteDue)
            await keeper.connection.close()
        }
    }

    @Test func whatIsDeletedIsNotTakenOffWhatHappened() async throws {
        try await StoreFixture.run { fixture in
            let keeper = try await Keeper(fixture)
            try await count(fixture, 100, tenant: "gone")
            try await count(fixture, 50, queue: "old")
            try await count(fixture, 1)
            try await pass(fixture)
            try await keeper.store.closeMinute()
            #expect(try await total(fixture) == 151)
            // Meanwhile others go on.
            try await count(fixture, 7)
            try await fixture.sql(
                "update tenants set state = 'deleting', updated_at = now() - interval '1 hour' where name = 'gone'"
            )
            while try await fixture.stores.tenants.removeStep() != .ended(TenantName(validated: "gone")) {}
            _ = try await fixture.pool.query(Statements.forgetQueue, "t", "old")
            #expect(
                try await fixture.number("select count(*) from minute_figures where tenant = 'gone' or queue = 'old'")
                    == 0
            )
            #expect(
                try await fixture.number("select count(*) from minute_bases where tenant = 'gone' or queue = 'old'")
                    == 0
            )
            try await fixture.sql("update minute_figures set minute = minute - interval '1 minute'")
            try await pass(fixture)
            try await keeper.store.closeMinute()
            #expect(try await total(fixture) == 158)
            #expect(try await total(fixture, "tenant = 't' and queue = ''") == 58)
            #expect(
                try await fixture.stores.minutes.history(of: FigureScope(tenant: TenantName(validated: "gone")), .hour)
                    == nil
            )
            await keeper.connection.close()
        }
    }

    @Test func ofManyQueuesTheBusiestAreToldAndTheOthersLater() async throws {
        try await StoreFixture.run { fixture in
            let keeper = try await Keeper(fixture)
            try await fixture.sql(
                """
                insert into job_counters (tenant, queue, priority, type, slot, submitted)
                select 't', 'q' || i, 'normal', 'noop', -1, i from generate_series(1, 250) i
                """
            )
            try await pass(fixture)
            try await keeper.store.closeMinute()
            #expect(try await fixture.number("select count(*) from minute_figures where queue <> ''") == 200)
            #expect(try await total(fixture, "queue = 'q250'") == 250)
            #expect(try await total(fixture, "queue = 'q50'") == 0)
            #expect(try await total(fixture) == 250 * 251 / 2)
            try await fixture.sql("update minute_figures set minute = minute - interval '1 minute'")
            try await pass(fixture)
            try await keeper.store.closeMinute()
            #expect(try await total(fixture, "queue = 'q50'") == 50)
            #expect(try await total(fixture, "queue <> ''") == 250 * 251 / 2)
            await keeper.connection.close()
        }
    }

    @Test func oldMinutesGo() async throws {
        try await StoreFixture.run { fixture in
            let keeper = try await Keeper(fixture)
            try await fixture.sql(
                """
                insert into minute_waits (tenant, queue, minute, buckets)
                select '', '', now() - i * interval '1 hour', '{1}' from generate_series(0, 48) i;
                insert into minute_figures (tenant, queue, minute, submitted, completed, failed, died, cancelled, queued, running,
                                            queued_before, running_before)
                select '', '', now() - i * interval '1 hour', 1, 0, 0, 0, 0, 0, 0, 0, 0 from generate_series(0, 48) i
                """
            )
            try await keeper.store.closeMinute()
            #expect(try await fixture.number("select count(*) from minute_waits") == 25)
            #expect(try await fixture.number("select count(*) from minute_figures") == 25)
            await keeper.connection.close()
        }
    }

    @Test func sharesOfWaitsAddUp() async throws {
        try await StoreFixture.run { fixture in
            let minute = Int64(try await fixture.number("select floor(extract(epoch from now()) / 60)::int8"))
            let scopes = [
                FigureScope(tenant: nil),
                FigureScope(tenant: TenantName(validated: "t"), queue: QueueName(validated: "q")),
            ]
            try await fixture.sql("insert into tenants (name) values ('t')")
            for wait in [Int64(500), 3_000_000, 100_000] {
                var buckets = WaitBuckets()
                buckets.count(microseconds: wait)
                try await fixture.stores.minutes.add(scopes.map { MinuteWait($0, minute: minute - 1, buckets) })
            }
            for scope in scopes {
                let points = try #require(try await fixture.stores.minutes.history(of: scope, .hour))
                let waits = points.reduce(into: WaitBuckets()) { $0.add($1.waits) }
                #expect(waits.total == 3)
                #expect((0.07...0.15).contains(waits.percentile(0.6) ?? 0))
            }
            #expect(try await fixture.stores.minutes.overview(of: nil)?.waits.total == 3)
        }
    }

    @Test func anOverviewAddsUpWhatIsKept() async throws {
        try await StoreFixture.run { fixture in
            let tenant = TenantName(validated: "t")
            try await count(fixture, 60)
            try await fixture.sql(
                """
                update tenants set queues = 3 where name = 't';
                insert into queues (tenant, name, paused) values ('t', 'still', true);
                insert into jobs_live (id, created_at, queued_at, state, priority, tenant, queue, type, payload, max_attempts, tags)
                select gen_random_uuid(), now(), now() - i * interval '1 minute', 'queued', 'normal', 't', 'q', 'noop', '{}', 5, '{}'
                from generate_series(1, 3) i
                """
            )
            let all = try #require(try await fixture.stores.minutes.overview(of: nil))
            #expect(
                all.counts.queued == 60 && all.workers == 1 && all.slots == 10 && all.queues == 3
                    && all.pausedQueues == 1
            )
            #expect(all.oldestReadyAge == nil, "no scheduler has looked")
            #expect(all.rates.submitted > 0.4 && all.rates.submitted <= 1)
            #expect(all.schedulerSeenAt == nil)
            let keeper = try await Keeper(fixture)
            _ = try await keeper.store.look(at: [], busiest: 10, after: nil, limit: 10, oldest: .seconds(200))
            #expect((200...300).contains(try await fixture.stores.minutes.overview(of: nil)?.oldestReadyAge ?? 0))
            let one = try #require(try await fixture.stores.minutes.overview(of: tenant))
            #expect((179...300).contains(one.oldestReadyAge ?? 0))
            #expect(one.counts.queued == 60 && one.queues == 3 && one.schedulerSeenAt != nil)
            #expect(try await fixture.stores.minutes.overview(of: TenantName(validated: "nobody")) == nil)
            await keeper.connection.close()
        }
    }
}
