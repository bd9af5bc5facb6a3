import Foundation
import LocalServers
import Postgres
import Testing

extension EndToEndTests {
    /// Dead letters as a day of failures leaves them.
    private static func fill(_ stack: TestStack, _ count: Int) async throws {
        let pool = PostgresPool(configuration: try PostgresConfiguration(url: stack.postgres.url))
        try await pool.execute(
            """
            insert into jobs_dead (id, created_at, finished_at, run, attempt, max_attempts, priority, tenant, queue, type, tags, payload,
                                   reason, kind, fingerprint, error)
            select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0')
                    || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid, now(), now(), 1, 5, 5, 'normal', 'default', 'bulk', 'noop', '{}', '{"n": 1}', 'attempts_exhausted',
                   'error', '0123456789abcdef', 'bad'
            from generate_series(1, \(count));
            insert into job_counters (tenant, queue, priority, type, slot, submitted, failed, died, dead)
            values ('default', 'bulk', 'normal', 'noop', -1, \(count), \(count), \(count), \(count))
            """
        )
        await pool.close()
    }

    private static func operation(_ stack: TestStack, _ body: String) async throws -> String {
        let answer = try await stack.request("POST", "/operations", body: body)
        guard answer.status == 202, let id = answer.json["id"] as? String else { throw Unexpected(answer) }
        return "/operations/\(id)"
    }

    @Test func aRetryOfTenThousandOutlivesAKilledScheduler() async throws {
        try await TestStack.run { stack in
            let count = 10_000
            try await Self.fill(stack, count)
            // Slow enough to be met in the middle.
            let body = #"{"kind": "retry", "filter": {"state": "dead", "queue": "bulk"}, "rate": 5000}"#
            let path = try await Self.operation(stack, body)
            func changed() async throws -> Int { try await stack.request("GET", path).json["changed"] as? Int ?? 0 }
            try await stack.waitUntil("some to be retried") { try await changed() >= 1_000 }
            await stack.end(.scheduler, with: SIGKILL)
            let before = try await changed()
            #expect(before < count, "it was met in the middle")
            // What was not committed is not counted, and what is counted was committed.
            let left = try await stack.request("GET", "/queues/bulk").json["depth"] as? [String: Any]
            #expect(left?["dead"] as? Int == count - before)
            try await stack.start(.scheduler)
            try await stack.waitUntil("all to be retried") {
                try await stack.request("GET", path).json["state"] as? String == "done"
            }
            let operation = try await stack.request("GET", path).json
            #expect(operation["changed"] as? Int == count && operation["skipped"] as? Int == 0)
            #expect(operation["matched"] as? Int == count)
            try await stack.waitUntil("all to run") {
                try await stack.figures().json["completed_jobs"] as? Int == count
            }
            #expect(try await stack.figures().json["dlq_length"] as? Int == 0)
        }
    }

    @Test func aWorkerThatIsAskedToEndsWhatItRunsAndExits() async throws {
        try await TestStack.run { stack in
            let running = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 1}}"#)
            try await stack.wait(for: running, toBe: "running")
            let workers = try await stack.request("GET", "/workers").json["workers"] as? [[String: Any]]
            let id = try #require(workers?.first?["id"] as? String)
            #expect(try await stack.request("POST", "/workers/\(id)/drain").status == 202)
            #expect(await stack.waitForExit(of: .worker) == 0)
            try await stack.wait(for: running, toBe: "completed")
            let gone = try await stack.request("GET", "/workers").json["workers"] as? [[String: Any]]
            #expect(gone?.isEmpty == true)
            let next = try await stack.submit(#"{"type": "noop"}"#)
            try await stack.start(.worker)
            try await stack.wait(for: next, toBe: "completed")
        }
    }
}
