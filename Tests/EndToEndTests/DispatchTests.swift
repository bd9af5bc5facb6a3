import Foundation
import LocalServers
import Postgres
import Testing

/// What no pause, broker, name or neighbour may hold up.
extension EndToEndTests {
    /// Far more jobs than anything between the client and the handler holds, paused half way.
    @Test func aDeepBacklogIsWorkedOffAfterAPause() async throws {
        try await TestStack.run { stack in
            for _ in 0..<2 {
                try await stack.submitBatch(of: 10_000, #"{"type": "noop", "queue": "deep"}"#)
            }
            #expect(try await stack.request("POST", "/queues/deep/pause").status == 200)
            try await stack.submitBatch(of: 10_000, #"{"type": "noop", "queue": "deep"}"#)
            let beside = try await stack.submit(#"{"type": "noop", "queue": "beside"}"#)
            try await stack.wait(for: beside, toBe: "completed")
            let paused = try await stack.figures().json["queue_length"] as? Int ?? 0
            #expect(paused >= 10_000, "a paused queue gave jobs away: \(paused) are left")
            #expect(try await stack.request("POST", "/queues/deep/resume").status == 200)
            try await stack.waitUntil("the backlog to be worked off") {
                try await stack.figures().json["completed_jobs"] as? Int == 30_001
            }
        }
    }

    /// Jobs that are submitted, retried and given back while there is no broker.
    @Test func withoutKafkaJobsRunAFewSecondsLater() async throws {
        try await TestStack.run { stack in
            await stack.end(.devBroker, with: SIGKILL)
            var ids: [String] = []
            for number in 0..<20 {
                ids.append(try await stack.submit(#"{"type": "noop", "queue": "q\#(number % 5)"}"#))
            }
            let retried = try await stack.submit(
                #"{"type": "fail", "payload": {"times": 1}, "retry": {"strategy": "fixed", "base": 0.1, "jitter": false}}"#
            )
            for id in ids {
                let job = try await stack.wait(for: id, toBe: "completed").json
                let queued = try #require(Answer.date(job["queued_at"]))
                let waited = try #require(Answer.date(job["started_at"])).timeIntervalSince(queued)
                #expect(waited < 4, "a job waited \(waited) s")
            }
            try await stack.wait(for: retried, toBe: "completed")
            let report = try await stack.waitForReadiness(of: .jobService) { $0.body.contains("kafka") }
            #expect(report.status == 200, "a job-service without Kafka is degraded, not dead")
        }
    }

    /// Kafka takes `.` and `_` in topics for the same; a tenant and a queue could even be split in two ways.
    @Test func queuesWhoseNamesDifferInDotsOnlyAllRun() async throws {
        try await TestStack.run { stack in
            var keys: [String: String] = [:]
            for tenant in ["acme", "acme_eu"] { keys[tenant] = try await stack.apiKey(tenant: tenant) }
            var ids: [String] = []
            for (tenant, queue) in [
                (nil, "mail.out"), (nil, "mail_out"), ("acme", "eu.jobs"), ("acme", "eu_jobs"), ("acme_eu", "jobs"),
            ] {
                ids.append(
                    try await stack.submit(#"{"type": "noop", "queue": "\#(queue)"}"#, key: tenant.flatMap { keys[$0] })
                )
            }
            for id in ids { try await stack.wait(for: id, toBe: "completed") }
        }
    }

    @Test func threeThousandQueuesAtOnceStartWithinSecondsAndLeaveTheirNeighbourAlone() async throws {
        try await TestStack.run { stack in
            // What comes before the worker has its partitions is left to the sweep.
            while try await waitOfNeighbour(in: stack) > 0.5 {}
            let jobs = (0..<3_000).map { #"{"type": "noop", "queue": "many-\#($0)"}"# }.joined(separator: ",")
            #expect(try await stack.request("POST", "/jobs/batch", body: "[\(jobs)]").status == 201)
            var waits: [Double] = []
            for _ in 0..<20 { waits.append(try await waitOfNeighbour(in: stack)) }
            let longest = waits.max() ?? 0
            #expect(longest < 1, "the neighbour waited \(longest) s")
            try await stack.waitUntil("all to be done") {
                try await stack.figures().json["queue_length"] as? Int == 0
            }
        }
    }

    /// How long a job of a queue that has one now and then waits, in seconds.
    private func waitOfNeighbour(in stack: TestStack) async throws -> Double {
        let id = try await stack.submit(#"{"type": "noop", "queue": "neighbour"}"#)
        let job = try await stack.wait(for: id, toBe: "completed").json
        let queued = try #require(Answer.date(job["queued_at"]))
        return try #require(Answer.date(job["started_at"])).timeIntervalSince(queued)
    }

    /// Outcomes of more bytes than a message may have gather while the dead letters are locked.
    @Test func longErrorsAreRecordedThoughTheDeadLettersWereLocked() async throws {
        try await TestStack.run([.worker: ["EXEC_ALLOW": "/bin/true"]]) { stack in
            // The error quotes 200 characters of the command, each of which has 81 bytes here.
            let name = "/" + String(repeating: "e" + String(repeating: "\u{301}", count: 40), count: 200)
            let job = #"{"type": "exec", "max_attempts": 1, "payload": {"command": "\#(name)"}}"#
            let db = try await PostgresConnection.connect(PostgresConfiguration(url: stack.postgres.url))
            try await db.execute("begin; lock table jobs_dead in access exclusive mode")
            for _ in 0..<4 { try await stack.submitBatch(of: 250, job) }
            // Long enough for the worker to run them all.
            try await Task.sleep(for: .seconds(3))
            try await db.execute("commit")
            try await stack.waitUntil("all to be dead letters") {
                try await stack.figures().json["dlq_length"] as? Int == 1_000
            }
            let attempts = PostgresStatement("lost", "select count(*) from job_attempts where kind = 'lost'")
            #expect(try await db.query(attempts)[0].decode(0, as: Int64.self) == 0, "no lease was lost meanwhile")
            await db.close()
        }
    }

    @Test func oneTenantsLongJobsLeaveRoomForAnothers() async throws {
        try await TestStack.run([.worker: ["WORKER_CONCURRENCY": "10"]]) { stack in
            let greedy = try await stack.apiKey(tenant: "greedy")
            let modest = try await stack.apiKey(tenant: "modest")
            // The worker learns with its next heartbeat that there are several tenants.
            try await Task.sleep(for: .seconds(3))
            for _ in 0..<12 {
                _ = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 30}}"#, key: greedy)
            }
            try await stack.waitUntil("the greedy one to have what it may") {
                try await stack.figures().json["active_jobs"] as? Int == 8
            }
            let job = try await stack.submit(#"{"type": "noop", "priority": "critical"}"#, key: modest)
            try await stack.wait(for: job, toBe: "completed", within: .seconds(5))
        }
    }

    @Test func aTypeThatNobodyHandlesWaitsAndSaysSo() async throws {
        try await TestStack.run([.scheduler: ["UNHANDLED_TYPE_TTL": "20s"]]) { stack in
            let id = try await stack.submit(#"{"type": "of.nobody"}"#)
            let handled = try await stack.submit(#"{"type": "noop"}"#)
            try await stack.wait(for: handled, toBe: "completed")
            let job = try await stack.job(id).json
            #expect(job["state"] as? String == "queued")
            #expect(job["unhandled"] as? Bool == true)
            #expect(job["attempt"] as? Int == 0)
            try await stack.wait(for: id, toBe: "dead", within: .seconds(60)) {
                $0.json["reason"] as? String == "unhandled" && $0.json["attempt"] as? Int == 0
            }
        }
    }
}
