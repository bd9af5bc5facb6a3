import Foundation
import JobCore
import JobStore
import LocalServers
import Postgres
import Testing

/// What holds however much there is to do.
extension EndToEndTests {
    /// One queue, and one tenant, has far more to do than its share of the slots; what others submit meanwhile waits for less
    /// than twice as long as on an idle platform.
    @Test func aFloodLeavesTheWaitingTimeOfOthersAlone() async throws {
        try await TestStack.run { stack in
            let stranger = try await stack.apiKey(tenant: "stranger")
            let probes: [(job: String, key: String?)] = [
                (#"{"type": "noop", "queue": "quiet"}"#, nil), (#"{"type": "noop"}"#, stranger),
            ]
            var unloaded: [Double] = []
            for probe in probes {
                _ = try await waitingTimes(of: probe, count: 1, in: stack)
                unloaded.append(median(try await waitingTimes(of: probe, count: 30, in: stack)))
            }

            let pool = PostgresPool(configuration: try PostgresConfiguration(url: stack.postgres.url))
            let flood = try (0..<8_000).map { number in
                var job = NewJob(
                    type: try JobType("sleep"),
                    payload: Array(#"{"seconds": \#(0.1 + Double(number % 40) / 100)}"#.utf8)
                )
                job.queue = try QueueName("flood")
                return job
            }
            _ = try await SubmissionStore(pool: GuardedPool(pool)).insert(flood)
            try await stack.waitUntil("the flood fills the worker") {
                try await stack.figures().json["active_jobs"] as? Int ?? 0 >= 50
            }
            for (probe, before) in zip(probes, unloaded) {
                // What else the machine does only adds, so the best of a few rounds counts.
                let limit = 2 * before + 0.005
                var loaded = Double.infinity
                for _ in 0..<4 where loaded > limit {
                    loaded = min(loaded, median(try await waitingTimes(of: probe, count: 30, in: stack)))
                }
                #expect(loaded < limit, "\(probe.job) waited \(loaded) s, and \(before) s without the flood")
            }
            let figures = try await stack.figures().json
            #expect(figures["queue_length"] as? Int ?? 0 > 500, "the flood was over too early: \(figures)")
            await pool.close()
        }
    }

    /// How long jobs that come one after the other waited for a worker, in seconds.
    private func waitingTimes(
        of probe: (job: String, key: String?),
        count: Int,
        in stack: TestStack
    ) async throws -> [Double] {
        var times: [Double] = []
        for _ in 0..<count {
            let id = try await stack.submit(probe.job, key: probe.key)
            let job = try await stack.wait(for: id, toBe: "completed").json
            let queued = try #require(Answer.date(job["queued_at"]))
            times.append(try #require(Answer.date(job["started_at"])).timeIntervalSince(queued))
        }
        return times
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// Many jobs that become due in the same second are queued at once, by two schedulers that do not get in each other's way.
    @Test func manyJobsThatAreDueAtOnceAreQueuedWithinSeconds() async throws {
        let count = 50_000
        try await TestStack.run { stack in
            await stack.end(.worker, with: SIGTERM)
            let db = try await PostgresConnection.connect(PostgresConfiguration(url: stack.postgres.url))
            try await db.execute(
                """
                insert into jobs_live (id, created_at, run_at, max_attempts, state, priority, tenant, queue, type, payload)
                select gen_random_uuid(), now(), now() + interval '5 s' + random() * interval '1 s', 5, 'scheduled', 'normal',
                       'default', 'default', 'noop', '{}'
                from generate_series(1, \(count));
                notify qf_timers
                """
            )
            let due = PostgresStatement("due", "select max(run_at) as last from jobs_live")
            let latest = try #require(try await db.query(due).first?.decode("last", as: Date.self))
            let waiting = PostgresStatement("waiting", "select from jobs_live where run_at is not null limit 1")
            try await stack.waitUntil("all to be queued") { try await db.query(waiting).isEmpty }
            let queued = PostgresStatement("queued", "select count(*), max(queued_at) as last from jobs_live")
            let row = try #require(try await db.query(queued).first)
            #expect(try row.decode("count", as: Int64.self) == count)
            #expect(try row.decode("last", as: Date.self).timeIntervalSince(latest) < 5)
            await db.close()
        }
    }
}
