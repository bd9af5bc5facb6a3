import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// What becomes of tenants that are suspended, resumed and removed.
@Suite(.timeLimit(.minutes(3))) struct TenantStateTests {
    private static let actor = AuditActor(Principal(subject: "root", tenant: .default, role: .admin))
    private static let tenants = ["red", "blue", "green"].map { TenantName(validated: $0) }

    /// What a tenant should be, told apart from the code that it is held against.
    private enum Expected: Equatable {
        case none, active, suspended, deleting
    }

    /// Two processes do whatever may be done to tenants, and two schedulers remove those that are to go, each breaking off in the middle now
    /// and then. What is answered, and what there is afterwards, is what the states say.
    @Test(arguments: [UInt64](1...3)) func anyOrderOfEventsKeepsTheStates(seed: UInt64) async throws {
        try await StoreFixture.run { fixture in
            try await fixture.withPool(4) { pool in
                let second = Stores(pools: DatabasePools(pool))
                var generator = SeededGenerator(seed: seed)
                var expected = Dictionary(uniqueKeysWithValues: Self.tenants.map { ($0, Expected.none) })
                var versions: [TenantName: Int64] = [:]
                for step in 0..<150 {
                    let stores = Bool.random(using: &generator) ? fixture.stores : second
                    let name = try #require(Self.tenants.randomElement(using: &generator))
                    let comment: Comment = "seed \(seed), step \(step), \(name) \(expected[name, default: .none])"
                    switch Int.random(in: 0..<9, using: &generator) {
                    case 0:
                        let made = try await stores.tenants.create(name, limits: [.queues: step], by: Self.actor)
                        #expect((made != nil) == (expected[name] == Expected.none), comment)
                        if made != nil { expected[name] = .active }
                    case 1...6:
                        let changes: [TenantChange] = [.suspend, .resume, .delete, .limits([.schedules: step])]
                        let change = try #require(changes.randomElement(using: &generator))
                        let changed = try await stores.tenants.change(name, change, ifVersion: nil, by: Self.actor)
                        let after = Self.after(change, expected[name, default: .none])
                        switch changed {
                        case .notFound: #expect(expected[name] == Expected.none, comment)
                        case .outdated: Issue.record(comment)
                        case .refused: #expect(after == nil && expected[name] != Expected.none, comment)
                        case .changed(let tenant):
                            #expect(after.flatMap(Self.state) == tenant.state, comment)
                            #expect(tenant.version >= versions[name] ?? 0, comment)
                            versions[name] = tenant.version
                            if let after { expected[name] = after }
                        }
                    case 7:
                        // Something is made of it, or refused as it rests.
                        do {
                            let new = NewAPIKey(tenant: name, name: "k", role: .user, scopes: nil, expiresAt: nil)
                            _ = try await stores.apiKeys.create(new, makesTenant: false, by: Self.actor)
                            #expect(expected[name] == .active, comment)
                        } catch is TenantClosed {
                            #expect(expected[name] == .suspended || expected[name] == .deleting, comment)
                        } catch is TenantUnknown {
                            #expect(expected[name] == Expected.none, comment)
                        }
                        _ = try await fixture.submit(3) { $0.tenant = name }
                    default:
                        // Both at once; what either ends is gone.
                        let ended = try await withThrowingTaskGroup(of: [TenantName].self) { group in
                            for stores in [fixture.stores, second] {
                                group.addTask { try await Self.remove(by: stores, steps: 12) }
                            }
                            return try await group.reduce(into: []) { $0 += $1 }
                        }
                        #expect(Set(ended).count == ended.count, comment)
                        for name in ended {
                            #expect(expected[name] == .deleting, comment)
                            expected[name] = Expected.none
                            versions[name] = nil
                        }
                    }
                    let special = try await stores.tenants.special()
                    for name in Self.tenants where expected[name] == .suspended || expected[name] == .deleting {
                        #expect(special[name]?.state != .active && special[name] != nil, comment)
                    }
                }
            }
        }
    }

    private static func state(_ expected: Expected) -> TenantState? {
        switch expected {
        case .none: nil
        case .active: .active
        case .suspended: .suspended
        case .deleting: .deleting
        }
    }

    private static func after(_ change: TenantChange, _ state: Expected) -> Expected? {
        switch (change, state) {
        case (_, .none): nil
        case (.delete, .suspended), (.delete, .deleting): .deleting
        case (.delete, .active), (_, .deleting): nil
        case (.suspend, _): .suspended
        case (.resume, _): .active
        case (.limits, _): state
        }
    }

    /// Takes some steps of removing tenants.
    ///
    /// - Returns: The tenants that are gone.
    private static func remove(by stores: Stores, steps: Int) async throws -> [TenantName] {
        var ended: [TenantName] = []
        for _ in 0..<steps {
            guard let step = try await retryingConflicts({ try await stores.tenants.removeStep(settling: .zero) })
            else {
                break
            }
            if case .ended(let tenant) = step { ended.append(tenant) }
        }
        return ended
    }

    /// Everything that may be of a tenant goes, nothing of another one, and the name can be had anew.
    @Test func removingTakesAllOfATenantAndNothingElse() async throws {
        try await StoreFixture.run { fixture in
            let (gone, kept) = (Self.tenants[0], Self.tenants[1])
            for tenant in [kept, gone] { try await Self.fill(tenant, fixture) }
            // What the second one's look took for gone.
            try await fixture.sql(
                "insert into unhandled_backlogs (tenant, queue, type) values ('\(kept)', 'q', 't') on conflict do nothing"
            )
            let before = try await Self.rows(of: kept, fixture)
            #expect(try await Self.rows(of: gone, fixture) == before)
            #expect(before.values.allSatisfy { $0 > 0 }, "\(before)")
            #expect(
                try await fixture.stores.tenants.change(gone, .delete, ifVersion: nil, by: Self.actor)
                    == .refused(.active)
            )
            _ = try await fixture.stores.tenants.change(gone, .suspend, ifVersion: nil, by: Self.actor)
            _ = try await fixture.stores.tenants.change(gone, .delete, ifVersion: nil, by: Self.actor)
            try await fixture.withPool(2) { pool in
                let second = Stores(pools: DatabasePools(pool))
                let ended = try await withThrowingTaskGroup(of: [TenantName].self) { group in
                    for stores in [fixture.stores, second] {
                        group.addTask {
                            var ended: [TenantName] = []
                            // Until it is gone: a step of one finds the tenant held by the other now and then.
                            while try await stores.tenants.find(gone) != nil {
                                ended += try await Self.remove(by: stores, steps: 1)
                                await Task.yield()
                            }
                            return ended
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(ended == [gone])
            }
            #expect(try await Self.rows(of: gone, fixture).values.allSatisfy { $0 == 0 })
            #expect(try await Self.rows(of: kept, fixture) == before)
            try await fixture.expectFiguresToMatchRows("of the other one")
            // Nothing is left of what belongs to jobs.
            for table in ["job_attempts", "job_notes", "job_logs"] {
                let orphans = "select count(*) from \(table) where job_id not in (select id from jobs)"
                #expect(try await fixture.number(orphans) == 0, "\(table)")
            }
            let log = try await fixture.stores.audit.records(by: nil, action: nil, after: nil, limit: 500).elements
                .filter { $0.target == gone.rawValue }.map(\.action)
            #expect(log == ["tenants.remove", "tenants.delete", "tenants.suspend", "tenants.create"])
            try await Self.fill(gone, fixture)
            #expect(try await Self.rows(of: gone, fixture) == before)
        }
    }

    /// Its jobs in each state, with all that jobs have, and everything else that a tenant has.
    private static func fill(_ tenant: TenantName, _ fixture: StoreFixture) async throws {
        let stores = fixture.stores
        _ = try await stores.tenants.create(tenant, limits: [:], by: Self.actor)
        let user = NewUser(
            tenant: tenant,
            username: try Username("user-\(tenant)"),
            role: .user,
            passwordHash: try await PasswordHasher(cost: PasswordHash.Cost(logRounds: 4, passes: 1)).hash("x")
        )
        let account = try #require(try await stores.users.create(user, by: Self.actor))
        _ = try await stores.sessions.open(for: account)
        let key = NewAPIKey(tenant: tenant, name: "k", role: .user, scopes: nil, expiresAt: nil)
        _ = try await stores.apiKeys.create(key, by: Self.actor)
        let queue = TenantQueue(tenant: tenant, queue: .default)
        _ = try await stores.queues.change(queue, .maxDepth(100_000), ifVersion: nil, by: Self.actor)
        let job = JobTemplate(type: Backlog.noop.type)
        let schedule = ScheduleDefinition(name: try ScheduleName("s"), cron: "@daily", job: job)
        _ = try await stores.schedules.create(schedule, of: tenant)
        let operation = NewBulkOperation(.cancel, BulkOperationSelection([.make()], of: tenant))
        _ = try await stores.operations.create(operation, matched: nil, by: Self.actor)
        let bound = try await fixture.open(tenant: tenant).key
        // More than a step removes, of which some wait for their time.
        let many = (0..<2_300).map { index in
            NewJob(
                tenant: tenant,
                queue: .default,
                type: Backlog.noop.type,
                payload: Array("{}".utf8),
                runAt: index.isMultiple(of: 3) ? Date(timeIntervalSinceNow: 3_600) : nil
            )
        }
        _ = try await stores.submissions.copy(many)
        var keyed = many[0]
        keyed.id = .make()
        keyed.request = IdempotentRequest(key: try IdempotencyKey("key"), body: [])
        _ = try await stores.submissions.submit([keyed])
        try await fixture.sql(
            """
            insert into minute_figures (tenant, queue, minute, submitted, completed, failed, died, cancelled, queued, running, queued_before,
                                        running_before)
            select '\(tenant)', 'default', now() - i * interval '1 minute', 1, 0, 0, 0, 0, 0, 0, 0, 0 from generate_series(1, 1100) i;
            insert into minute_waits (tenant, queue, minute, buckets) values ('\(tenant)', 'default', now(), '{1}');
            insert into minute_bases (tenant, queue, submitted, completed, failed, died, cancelled, queued, running)
            values ('\(tenant)', 'default', 1, 0, 0, 0, 0, 0, 0)
            """
        )
        let backlog = Backlog(tenant: tenant, queue: .default, priority: .normal, type: Backlog.noop.type)
        let runs = try await fixture.pull(12, of: backlog, by: bound)
        try #require(runs.count == 12)
        for run in runs.prefix(3) {
            try await fixture.end(run.job, run: 1, by: bound.worker, .success(result: Array("1".utf8)))
        }
        for run in runs[3..<6] {
            let failure = RunFailure(kind: "error", error: "x", isFinal: true)
            try await fixture.end(run.job, run: 1, by: bound.worker, .failure(failure))
        }
        for run in runs[6..<9] {
            try await fixture.end(run.job, run: 1, by: bound.worker, .failure(RunFailure(kind: "error", error: "x")))
        }
        let note = RunNote(
            source: .init(job: runs[9].job, fence: RunFence(run: 1, worker: bound.worker)),
            progress: .init(0.5, "half"),
            lines: [.init(number: 0, age: .zero, level: "info", message: "line")]
        )
        var batch = ExchangeBatch()
        batch.notes = [note]
        _ = try await stores.exchanges.carryOut(batch)
        try await fixture.sql("insert into tenant_days (tenant, day, bytes) values ('\(tenant)', current_date - 9, 5)")
        try await fixture.sql("insert into queue_totals (tenant, queue) values ('\(tenant)', 'rests')")
        _ = try await stores.backlogs.tend(limit: 10)
        try await fixture.sql("insert into unhandled_backlogs (tenant, queue, type) values ('\(tenant)', 'q', 't')")
    }

    /// How many rows of each table are a tenant's.
    private static func rows(of tenant: TenantName, _ fixture: StoreFixture) async throws -> [String: Int] {
        let tables = try await fixture.pool.query(
            PostgresStatement(
                "tables",
                """
                select c.table_name::text from information_schema.columns c join information_schema.tables t using (table_name, table_schema)
                where c.column_name = 'tenant' and t.table_type = 'BASE TABLE' and c.table_schema = 'public'
                  and c.table_name not in ('audit_log') and c.table_name !~ '^jobs_finished_'
                """
            )
        ).decode(String.self)
        var rows: [String: Int] = [:]
        for table in tables {
            rows[table] = try await fixture.number("select count(*) from \(table) where tenant = '\(tenant)'")
        }
        rows["tenants"] = try await fixture.number("select count(*) from tenants where name = '\(tenant)'")
        rows["sessions"] = try await fixture.number(
            "select count(*) from sessions s join users u on u.id = s.user_id where u.tenant = '\(tenant)'"
        )
        return rows
    }

    /// What is found as it moved meanwhile: a job that ended behind the walk, and one that was stored late.
    @Test func whatMovesWhileATenantIsRemovedGoesAsWell() async throws {
        try await StoreFixture.run { fixture in
            let tenant = Self.tenants[0]
            _ = try await fixture.stores.tenants.create(tenant, limits: [:], by: Self.actor)
            _ = try await fixture.submit(3) { $0.tenant = tenant }
            for change in [TenantChange.suspend, .delete] {
                _ = try await fixture.stores.tenants.change(tenant, change, ifVersion: nil, by: Self.actor)
            }
            var steps = 0
            var late = 0
            while let step = try await fixture.stores.tenants.removeStep(settling: .zero) {
                steps += 1
                // Each time it has come a little further, until it would end with the next step.
                if steps.isMultiple(of: 3), late < 6 {
                    late += 1
                    _ = try await fixture.submit { $0.tenant = tenant }
                }
                if case .ended = step { break }
                try #require(steps < 200)
            }
            #expect(late == 6)
            #expect(try await fixture.number("select count(*) from jobs where tenant = 'red'") == 0)
            #expect(try await fixture.number("select count(*) from job_counters where tenant = 'red'") == 0)
            #expect(try await fixture.stores.tenants.removeStep(settling: .zero) == nil)
        }
    }

    @Test func aTenantIsNotGoneWhileSomethingMayBeOnItsWay() async throws {
        try await StoreFixture.run { fixture in
            let tenant = Self.tenants[0]
            _ = try await fixture.stores.tenants.create(tenant, limits: [:], by: Self.actor)
            for change in [TenantChange.suspend, .delete] {
                _ = try await fixture.stores.tenants.change(tenant, change, ifVersion: nil, by: Self.actor)
            }
            var last: RemovalStep?
            repeat { last = try await fixture.stores.tenants.removeStep() } while last == .went(on: tenant)
            #expect(last == .waits(for: tenant))
            try await fixture.sql("update tenants set updated_at = now() - interval '16 s' where name = 'red'")
            repeat { last = try await fixture.stores.tenants.removeStep() } while last == .went(on: tenant)
            #expect(last == .ended(tenant))
        }
    }

    @Test func jobsAndSchedulesOfASuspendedTenantRest() async throws {
        try await StoreFixture.run { fixture in
            let (tenant, other) = (Self.tenants[0], Self.tenants[1])
            for name in [tenant, other] {
                _ = try await fixture.stores.tenants.create(name, limits: [:], by: Self.actor)
            }
            let ids = try await fixture.submit(3) { $0.tenant = tenant }
            let others = try await fixture.submit(1) { $0.tenant = other }
            var definition = ScheduleDefinition(
                name: try ScheduleName("s"),
                cron: "* * * * *",
                job: JobTemplate(type: Backlog.noop.type)
            )
            definition.missedRuns = .latest
            _ = try await fixture.stores.schedules.create(definition, of: tenant)
            try await fixture.sql(
                "update schedules set settled_at = now() - interval '200 s', next_at = now() - interval '180 s'"
            )
            let running = try #require(try await fixture.claim(ids[0], run: 1))
            _ = try await fixture.stores.tenants.change(tenant, .suspend, ifVersion: nil, by: Self.actor)
            // Neither by name nor by backlog, neither hinted nor fired.
            #expect(try await fixture.claim(ids[1], run: 1) == nil)
            let backlog = Backlog(tenant: tenant, queue: .default, priority: .normal, type: Backlog.noop.type)
            #expect(try await fixture.pull(5, of: backlog).isEmpty)
            #expect(try await fixture.stores.backlogs.waiting(of: nil, limit: 10).map(\.tenant) == [other])
            #expect(try await fixture.stores.schedules.untilNextDue() == nil)
            #expect(try await fixture.stores.schedules.fireDue(limit: 10).announcements.isEmpty)
            #expect(try await fixture.claim(others[0], run: 1) != nil)
            // What runs may end.
            try await fixture.end(running.job, run: 1, .success(result: nil))
            #expect(try await fixture.job(running.job).state == .completed)
            _ = try await fixture.stores.tenants.change(tenant, .resume, ifVersion: nil, by: Self.actor)
            #expect(try await fixture.pull(5, of: backlog).count == 2)
            // Of what it missed, as its policy says.
            #expect(try await fixture.stores.schedules.fireDue(limit: 10).announcements.count == 1)
        }
    }
}
