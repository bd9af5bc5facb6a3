import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobStore

/// Which rows a statement reads must not depend on what PostgreSQL believes of the tables: a plan is made once a connection, and is
/// kept when a table that was all but empty has a million rows.
@Suite(.timeLimit(.minutes(2))) struct StatementPlanTests {
    /// What the tables looked like when the plan was made.
    enum Tables: String, CaseIterable, Sendable {
        /// Nothing was ever in them.
        case new
        /// Ten thousand rows are in each.
        case full
        /// Ten thousand rows were in each, and were counted after they had gone: PostgreSQL believes that pages have next to nothing.
        case emptied
    }

    /// What is read as a whole on purpose, or in order until a page is full.
    private static let walks: [String: Set<String>] = [
        // What is at work only, or a row each queue that was ever used.
        "count_jobs": ["job_counters", "queue_totals"],
        "waiting_backlogs": ["job_counters", "workers"],
        "note_unhandled": ["job_counters", "workers", "unhandled_backlogs"],
        "count_orphans": ["job_counters", "workers", "claim_batches"],
        "bury_unhandled": ["unhandled_backlogs", "workers"],
        "unhandled_types": ["unhandled_backlogs"],
        // The few workers.
        "is_handled": ["workers"], "live_workers": ["workers"], "expired_leases": ["workers"],
        "end_expired_leases": ["workers"],
        // All of a table, now and then: once the counters say that it is worth it, and every minute.
        "find_orphans": ["jobs_live", "workers"], "sweep_claim_batches": ["claim_batches"],
        // What was configured.
        "paused_queues": ["queues"], "queue_limits": ["queues"],
        "grant_runs": ["tenants"],
        // Those that are not like all others, and a page of them.
        "special_tenants": ["tenants", "tenants_special"], "list_tenants": ["tenants"], "pick_removal": ["tenants"],
        // What sessions counted since the last time.
        "fold_counters": ["job_counters"],
        // All jobs, a step at a time, for a tenant that is removed; and as many rows as a step removes.
        "remove_live_jobs": ["jobs_live"], "remove_finished_jobs": ["jobs_finished", "jobs_finished_default"],
        // The first of an index, and one that is all but empty.
        "next_due": ["jobs_live_due"], "next_due_schedule": ["schedules_due", "schedules_waiting"],
        "cancelled_runs": ["jobs_live_cancelling"],
        // A page for a person, planned anew each time.
        "list_api_keys": ["api_keys"], "list_audit": ["audit_log"], "list_users": ["users"],
        "list_schedules": ["schedules"], "planned_schedules": ["schedules"],
        "list_dead_letters": ["jobs_dead"], "pick_dead_letters": ["jobs_dead"], "group_dead_letters": ["jobs_dead"],
        // What is at work only.
        "list_running_jobs": ["claim_batches"], "count_running_jobs": ["claim_batches"],
        "explain_job": ["job_counters", "workers"],
        "list_queues": ["job_counters", "queue_totals", "queues"],
        // For metrics, one process at a time and a twentieth of its time.
        "figures_of_busiest": ["job_counters", "queue_totals", "queues", "workers"],
        "oldest_of_others": ["job_counters"],
        "count_what_is_kept": [
            "job_counters", "job_counters_pkey", "queue_totals", "queue_totals_pkey", "queues", "queues_pkey",
            "schedules",
        ],
        // Some of those that go on, and a page for a person.
        "due_operations": ["operations", "operations_actor"], "next_operation": ["operations", "operations_actor"],
        "list_operations": ["operations"],
        // A row each queue that was ever used, once a minute.
        "close_minute": ["job_counters", "queue_totals", "minute_bases"],
        // A row each tenant, the few workers, and what was configured.
        "read_platform": ["tenants", "workers", "queues"],
        // The first tenant that there is.
        "queue_figures": ["job_counters", "queue_totals", "queues"],
    ]

    /// The statements by the names of their files, as they are sent.
    private static func statements() throws -> [(name: String, text: String, isWalk: Bool)] {
        let folder = URL(filePath: #filePath).appending(path: "../../../Sources/JobStore/SQL").standardized
        // Parts of statements, which are put together.
        let parts = Set(
            JobWalk.Source.allCases.map(\.rawValue) + ["walk_jobs", "list_walked_jobs", "count_walked_jobs"]
                + ["walk_dead_letters", "list_dead_letters", "group_dead_letters"]
        )
        let walks = Array(Statements.listWalkedJobs.values) + Array(Statements.countWalkedJobs.values)
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "sql" }
            .sorted { $0.path < $1.path }
            .map { ($0.deletingPathExtension().lastPathComponent, try String(contentsOf: $0, encoding: .utf8), false) }
            .filter { !parts.contains($0.0) } + walks.map { ($0.name, $0.sql, true) }
            + [Statements.listDeadLetters, Statements.groupDeadLetters].map { ($0.name, $0.sql, false) }
    }

    private static let fill = """
        insert into jobs_live (id, created_at, queued_at, state, priority, tenant, queue, type, payload, max_attempts, tags)
        select gen_random_uuid(), now(), now(), 'queued', 'normal', 't', 'q', 'noop', '{}', 5, '{}' from generate_series(1, 10000);
        insert into jobs_dead (id, created_at, finished_at, run, attempt, max_attempts, priority, tenant, queue, type, tags, payload,
                               reason, kind, fingerprint, error)
        select gen_random_uuid(), now(), now(), 1, 1, 1, 'normal', 't', 'q', 'noop', '{}', '{}', 'discarded', 'k', 'f', 'e'
        from generate_series(1, 10000);
        insert into jobs_finished (id, created_at, finished_at, run, attempt, max_attempts, state, priority, tenant, queue, type, tags,
                                   payload)
        select gen_random_uuid(), now(), now(), 1, 1, 1, 'completed', 'normal', 't', 'q', 'noop', '{}', '{}'
        from generate_series(1, 10000);
        insert into job_attempts (job_id, run, attempt, worker_id, started_at, ended_at, kind, error)
        select gen_random_uuid(), 1, 1, gen_random_uuid(), now(), now(), 'k', 'e' from generate_series(1, 10000);
        insert into idempotency_keys (tenant, key, fingerprint, job_id, expires_at)
        select 't', i, 'f', gen_random_uuid(), now() from generate_series(1, 10000) i;
        insert into workers (id, name, slots, lease_until) select gen_random_uuid(), 'w', 1, now() from generate_series(1, 10000);
        insert into claim_batches (worker_id, job_ids) select id, '{}' from workers;
        insert into users (id, tenant, username, role, password_hash)
        select gen_random_uuid(), 't', i, 'USER', '' from generate_series(1, 10000) i;
        insert into sessions (id, user_id, epoch, family, token, expires_at)
        select id, id, 0, sha256(id::text::bytea), '', now() from users;
        insert into queues (tenant, name) select 't', i from generate_series(1, 10000) i;
        insert into schedules (id, tenant, name, cron, missed_runs, overlap, type, queue, priority, payload, max_attempts, tags,
                               settled_at, next_at, waiting_at, last_job_id, created_at, updated_at)
        select gen_random_uuid(), 't', i, '* * * * *', 'skip', 'queue', 'noop', 'q', 'normal', '{}', 5, '{}', now(), now(), now(),
               gen_random_uuid(), now(), now()
        from generate_series(1, 10000) i;
        insert into schedule_firings (schedule_id, fire_at, job_id) select id, now(), id from schedules;
        insert into tenants (name) select i from generate_series(1, 10000) i;
        insert into tenant_queues (tenant, queue) select 't', i from generate_series(1, 10000) i;
        insert into tenant_totals (tenant) select i from generate_series(1, 10000) i;
        insert into tenant_days (tenant, day, bytes) select i, current_date, 1 from generate_series(1, 10000) i;
        insert into api_keys (id, tenant, name, prefix, hash, role, created_by)
        select gen_random_uuid(), 't', 'k', 'p', sha256(i::text::bytea), 'USER', 'a' from generate_series(1, 10000) i;
        insert into job_counters (tenant, queue, priority, type, slot) select 't', i, 'normal', 'noop', -1 from generate_series(1, 10000) i;
        """

    @Test(arguments: Tables.allCases) func noStatementReadsMoreThanItIsMeantTo(tables: Tables) async throws {
        try await StoreFixture.run { fixture in
            try await fixture.pool.withConnection { connection in
                try await connection.execute("insert into tenants (name) values ('t') on conflict do nothing")
                if tables != .new { try await connection.execute(Self.fill) }
                if tables == .emptied {
                    for table in [
                        "jobs_live", "jobs_dead", "jobs_finished", "job_attempts", "idempotency_keys", "claim_batches",
                        "workers",
                        "sessions", "users", "queues", "schedule_firings", "schedules",
                        "tenant_queues", "tenant_totals", "tenant_days", "api_keys", "job_counters",
                    ] { try await connection.execute("delete from \(table)") }
                }
                if tables != .new { try await connection.execute("analyze") }
                for statement in try Self.statements() {
                    // So plan_in_order.sql says of the walks.
                    try await connection.execute("set enable_sort = \(statement.isWalk ? "off" : "on")")
                    let plan = try await Self.plan(statement.text, on: connection)
                    let known = Self.walks[statement.name] ?? []
                    // What a walk looks at comes in the order of an index, so that it may end early; only what it found is sorted.
                    let sorts = plan.text.matches(of: #/(->  )?Sort(?! Key)/#).count
                    #expect(!statement.isWalk || known.contains("claim_batches") || sorts <= 1, "\(plan.text)")
                    for (index, condition) in plan.conditions where !Self.ofTenants.contains(statement.name) {
                        guard let column = Self.lastColumns[index] else { continue }
                        #expect(condition.contains("\(column) = "), "\(statement.name):\n\(plan.text)")
                    }
                    let few = Self.pairsOfFew[statement.name]
                    let pairs = plan.pairs.filter { pair in few.map { !pair.contains($0) } ?? true }
                    #expect(pairs.isEmpty, "\(statement.name) looks at each pair where \(pairs):\n\(plan.text)")
                    let walked = plan.walks.filter { known.isDisjoint(with: [$0.index, $0.table]) }
                    #expect(walked.isEmpty, "\(statement.name) reads all of \(walked):\n\(plan.text)")
                }
            }
        }
    }

    /// What reads, or removes, all of a tenant that a page has room for.
    private static let ofTenants: Set = [
        "remove_queue_names", "remove_queues", "remove_idempotency_keys", "queue_figures",
    ]
    /// Keys by which single rows are reached, and their last column: the first ones have as many rows as a tenant likes.
    private static let lastColumns = [
        "tenant_queues_pkey": "queue", "queues_pkey": "name", "idempotency_keys_pkey": "key",
    ]

    /// What is compared one by one, and by what: the few workers and their batches, and a single job.
    private static let pairsOfFew = [
        "grant_runs": "worker_id = ", "bury_unhandled": ".queues", "note_unhandled": ".queues",
        "find_job": "job_id = jobs_live.id",
    ]

    private static func plan(_ text: String, on connection: PostgresConnection) async throws -> (
        walks: [Walk], conditions: [(index: String, condition: String)], pairs: [String], text: String
    ) {
        let parameters = text.matches(of: #/\$(\d+)/#).compactMap { Int($0.1) }.max() ?? 0
        let nulls = parameters > 0 ? "(\(Array(repeating: "null", count: parameters).joined(separator: ", ")))" : ""
        try await connection.execute("prepare planned as \(text)")
        let explain = PostgresStatement("", "explain (costs off) execute planned\(nulls)")
        let plan = try await connection.query(explain).decode(String.self)
        try await connection.execute("deallocate planned")
        return (walks(in: plan), conditions(in: plan), pairs(in: plan), plan.joined(separator: "\n"))
    }

    /// By which conditions indexes are read, scan by scan.
    private static func conditions(in plan: [String]) -> [(index: String, condition: String)] {
        zip(plan, plan.dropFirst()).compactMap { line, next in
            guard let index = line.firstMatch(of: #/(?:Scan(?: Backward)? using|Bitmap Index Scan on) (\w+)/#)?.1,
                let condition = next.firstMatch(of: #/Index Cond: (.*)/#)?.1
            else { return nil }
            return (String(index), String(condition))
        }
    }

    /// The conditions by which rows of one side are compared with all of the other's, which no index leads to.
    private static func pairs(in plan: [String]) -> [String] {
        func depth(_ line: String) -> Int { line.prefix { $0 == " " }.count }
        return plan.indices.dropLast().compactMap { place in
            guard plan[place].contains("Nested Loop"), plan[place + 1].contains("Join Filter:") else { return nil }
            let within = plan[(place + 1)...].prefix { depth($0) > depth(plan[place]) }
            let nodes = within.filter { $0.contains("->  ") }
            let top = nodes.map(depth).min()
            let sides = nodes.filter { depth($0) == top }
            guard sides.count == 2, sides[1].contains(#/->  (CTE Scan|Function Scan|Materialize)/#) else { return nil }
            return plan[place + 1].trimmingCharacters(in: .whitespaces)
        }
    }

    /// What is read without a condition on an index.
    private struct Walk: CustomStringConvertible {
        var index: String
        var table: String

        var description: String { index.isEmpty ? table : "\(table) by \(index)" }
    }

    private static func walks(in plan: [String]) -> [Walk] {
        zip(plan, plan.dropFirst() + [""]).compactMap { line, next -> Walk? in
            guard !next.contains("Index Cond:") else { return nil }
            if let match = line.firstMatch(
                of: #/(?:Seq|Index|Index Only) Scan(?: Backward)?(?: using (\w+))? on (\w+)/#
            ) {
                // The history's partitions go by the name of their table.
                return Walk(
                    index: String(match.1 ?? ""),
                    table: String(match.2.replacing(#/_(\d{8}|default)$/#, with: ""))
                )
            }
            return line.firstMatch(of: #/Bitmap Index Scan on (\w+)/#).map { Walk(index: String($0.1), table: "") }
        }
    }
}
