import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// An installation with jobs in it is upgraded in place: what the version before left behind goes on.
@Suite(.timeLimit(.minutes(1))) struct UpgradeTests {
    /// How many jobs of each state there are in each queue.
    private static let states = ["queued": 7, "running": 4, "scheduled": 3, "retrying": 2, "dead": 5, "completed": 6]
    private static let queues = [("default", "mail.out"), ("default", "mail_out"), ("acme", "mail.out")]
    private static let worker = WorkerID.make()

    /// What a job-service, a worker and a scheduler of version 10 had written when they were stopped.
    private static let leftBehind = """
        insert into workers (id, name, slots, running, lease_until)
            values ('\(worker)', 'old', 8, 4, now() + interval '1 hour');
        create temp table q as select * from (values \(queues.map { "('\($0)', '\($1)')" }.joined(separator: ", "))) q (tenant, name);
        create temp table s as select * from (values \(states.map { "('\($0)', \($1))" }.joined(separator: ", "))) s (state, n);
        create temp table j as
            select gen_random_uuid() as id, q.tenant, q.name as queue, s.state, g.i,
                   (array['critical', 'high', 'normal', 'low'])[1 + g.i % 4]::job_priority as priority,
                   (array['noop', 'echo'])[1 + g.i % 2] as type
            from q, s, generate_series(0, s.n - 1) g (i);
        insert into jobs_live (id, created_at, queued_at, run_at, started_at, worker_id, run, attempt, max_attempts, state, priority,
                               tenant, queue, type, payload)
            select id, now(), case when state in ('queued', 'running') then now() end,
                   case when state in ('scheduled', 'retrying') then now() + interval '1 hour' end,
                   case when state = 'running' then now() end, case when state = 'running' then '\(worker)'::uuid end,
                   case when state in ('running', 'retrying') then 1 else 0 end,
                   case when state in ('running', 'retrying') then 1 else 0 end, 5, state::job_state, priority, tenant, queue, type,
                   '{"n": 1}'
            from j where state in ('queued', 'running', 'scheduled', 'retrying');
        insert into claim_batches (worker_id, job_ids) select '\(worker)', array_agg(id) from j where state = 'running';
        insert into jobs_dead (id, created_at, finished_at, run, attempt, max_attempts, priority, tenant, queue, type, payload, reason,
                               kind, fingerprint)
            select id, now(), now(), 1, 1, 1, priority, tenant, queue, type, '{}', 'attempts_exhausted', 'error', 'abc'
            from j where state = 'dead';
        insert into jobs_finished (id, created_at, finished_at, run, attempt, max_attempts, state, priority, tenant, queue, type, payload)
            select id, now(), now(), 1, 1, 1, 'completed', priority, tenant, queue, type, '{}' from j where state = 'completed';
        insert into job_attempts (job_id, run, attempt, worker_id, started_at, ended_at, kind, error)
            select id, 1, 1, '\(worker)', now(), now(), 'error', 'x' from j where state in ('dead', 'retrying');
        insert into topics (tenant, queue, priority, partitions) select distinct tenant, queue, priority, 4 from j;
        insert into watermarks select id, 0, now() from topics;
        -- Two sessions counted, one of them less than nothing.
        insert into job_counters (slot, tenant, queue, submitted, scheduled, queued, running, retrying, completed, failed, died, dead)
            select 3, tenant, queue, count(*) + 10, count(*) filter (where state = 'scheduled'),
                   count(*) filter (where state = 'queued') + 10, count(*) filter (where state = 'running') - 10,
                   count(*) filter (where state = 'retrying'), count(*) filter (where state = 'completed'),
                   count(*) filter (where state in ('dead', 'retrying')), count(*) filter (where state = 'dead'),
                   count(*) filter (where state = 'dead')
            from j group by tenant, queue;
        insert into job_counters (slot, tenant, queue, submitted, queued, running)
            select 60, name.tenant, name.name, -10, -10, 10 from q name;
        """

    private func run(_ body: (StoreFixture) async throws -> Void) async throws {
        let url = try await TestServers.shared.database()
        let pool = PostgresPool(configuration: try StoreFixture.configuration(url), size: 0...4)
        do {
            try await pool.withConnection { connection in
                let before = try PostgresMigrator(migrations: Schema.migrations.filter { $0.version <= 10 })
                try await before.migrate(connection)
                try await connection.execute(Self.leftBehind)
            }
            try await Schema.upgrade(pool, logger: Logger(label: "test"))
            let session = WorkerSessionKey(worker: Self.worker, session: 1)
            let stores = Stores(pools: DatabasePools(pool))
            try await body(StoreFixture(url: url, pool: pool, stores: stores, session: session))
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
    }

    @Test func theCountersGoOnFromWhatTheTablesHold() async throws {
        try await run { fixture in
            try await fixture.expectCountersToMatchRows("after the upgrade")
            _ = try await fixture.stores.backlogs.tend(limit: 10)
            try await fixture.expectCountersToMatchRows("folded")
            let counts = try await fixture.counts()
            #expect((counts.submitted, counts.died, counts.dead) == (81, 15, 15))
        }
    }

    @Test func everyJobOfTheVersionBeforeComesToItsEnd() async throws {
        try await run { fixture in
            let opened = try await fixture.open(types: ["noop", "echo"])
            // The old worker is gone; its lease runs out.
            try await fixture.expireLeases(of: Self.worker)
            let lost = try await fixture.stores.leases.endExpired(limit: 10)
            #expect(lost.workers.map(\.id) == [Self.worker])
            #expect(lost.ended.announcements.count == 12)
            #expect(try await fixture.stores.backlogs.tend(limit: 10).orphans == 0)
            // What was to come becomes due.
            #expect(try await fixture.stores.timers.queueDueJobs(limit: 100).announcements.isEmpty)
            try await fixture.sql("update jobs_live set run_at = now() where run_at is not null")
            #expect(try await fixture.stores.timers.queueDueJobs(limit: 100).announcements.count == 15)

            let backlogs = try await fixture.stores.backlogs.sweep(limit: 100).waiting
            #expect(Set(backlogs.map(\.tenantQueue)).count == 3)
            var batch = ExchangeBatch()
            batch.pulls = backlogs.map { BacklogPull($0, since: 0, shares: [(opened.key, 100)]) }
            let granted = try await fixture.stores.exchanges.carryOut(batch).granted
            #expect(granted.count == 48)
            _ = try await fixture.stores.exchanges.record(
                granted.map {
                    RunOutcome(
                        job: $0.job,
                        fence: RunFence(run: $0.run, worker: $0.worker),
                        kind: .success(result: nil)
                    )
                }
            )
            let actor = AuditActor(Principal(subject: "test", tenant: .default, role: .admin))
            #expect(
                try await fixture.stores.deadLetters.replay(.init(), limit: 5, pace: nil, by: actor).jobs.count == 5
            )
            let counts = try await fixture.counts()
            #expect((counts.queued, counts.running, counts.completed, counts.dead) == (5, 0, 66, 10))
            try await fixture.expectCountersToMatchRows("at the end")
        }
    }

    /// A service of the version before that is still there must fail loudly rather than do half of its work.
    @Test func theVersionBeforeFindsADatabaseThatIsNewer() async throws {
        try await run { fixture in
            let before = try PostgresMigrator(migrations: Schema.migrations.filter { $0.version <= 10 })
            await #expect(throws: PostgresError.self) {
                try await fixture.pool.withConnection { try await before.migrate($0) }
            }
        }
    }
}
