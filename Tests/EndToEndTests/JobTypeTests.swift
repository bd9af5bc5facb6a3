import Foundation
import LocalServers
import Postgres
import Testing

extension EndToEndTests {
    @Test func everyBuiltinTypeEndsAsItShould() async throws {
        try await TestStack.run { stack in
            let once = #""retry": {"strategy": "fixed", "base": 0.05, "jitter": false}"#
            let noop = try await stack.submit(#"{"type": "noop"}"#)
            let echo = try await stack.submit(#"{"type": "echo", "payload": {"n": 12345678901234567890.5, "a": [1]}}"#)
            let sleep = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 0.2}}"#)
            let fail = try await stack.submit(#"{"type": "fail", "payload": {"times": 2}, \#(once)}"#)
            let email = try await stack.submit(
                #"{"type": "email.send", "queue": "mail", "payload": {"to": "a@example.com"}}"#
            )
            let image = try await stack.submit(#"{"type": "image.process", "max_attempts": 2, \#(once)}"#)
            let heavy = try await stack.submit(#"{"type": "heavy.task", "payload": {"data": "x"}}"#)

            for id in [noop, echo, sleep, fail, email, heavy] {
                try await stack.wait(for: id, toBe: "completed")
            }
            #expect(
                try await stack.request("GET", "/jobs/\(echo)").body.contains(
                    #""result":{"n": 12345678901234567890.5, "a": [1]}"#
                )
            )
            #expect(try await stack.job(fail).json["attempt"] as? Int == 3)

            let dead = try await stack.wait(for: image, toBe: "dead").json
            #expect(dead["attempt"] as? Int == 2)
            #expect(dead["reason"] as? String == "attempts_exhausted")
            #expect((dead["error"] as? String)?.contains("nothing that processes images") ?? false)

            let figures = try await stack.figures().json
            #expect(figures["total_jobs"] as? Int == 7)
            #expect(figures["completed_jobs"] as? Int == 6)
            #expect(figures["failed_jobs"] as? Int == 4)
            #expect(figures["dlq_length"] as? Int == 1)
            for name in ["active_jobs", "queue_length", "retry_queue_length"] {
                #expect(figures[name] as? Int == 0, "\(name)")
            }
        }
    }

    @Test func aDelayedJobRunsWhenItIsDueAndNotBefore() async throws {
        try await TestStack.run { stack in
            // The first job's way is the longest, so that the second one's time is its own.
            try await stack.wait(for: stack.submit(#"{"type": "noop"}"#), toBe: "completed")
            let id = try await stack.submit(#"{"type": "noop", "delay": 1}"#)
            #expect(try await stack.job(id).json["state"] as? String == "scheduled")
            let job = try await stack.wait(for: id, toBe: "completed").json
            let created = try #require(Answer.date(job["created_at"]))
            let queued = try #require(Answer.date(job["queued_at"]))
            let waited = queued.timeIntervalSince(created)
            // The delay counts from when the request arrived, a little before the row was stored.
            #expect(waited > 0.8 && waited < 1.5, "queued \(waited) s after its submission")
        }
    }

    /// While the first statements wait for a lock, requests gather; the next statements serve all of them.
    @Test func oneStatementServesManyRequests() async throws {
        try await TestStack.run { stack in
            let before = try await stack.metric("queueflow_submission_batches_total")
            let db = try await PostgresConnection.connect(PostgresConfiguration(url: stack.postgres.url))
            try await db.execute("begin; lock table jobs_live in share mode")
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<100 { group.addTask { try await stack.submit(#"{"type": "noop"}"#) } }
                // The time that requests get to arrive; the fewer have, the more statements are needed.
                try await Task.sleep(for: .seconds(1))
                try await db.execute("commit")
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(ids).count == 100)
            for id in ids { try await stack.wait(for: id, toBe: "completed") }
            let batches = try await stack.metric("queueflow_submission_batches_total") - before
            #expect(batches < 50, "100 concurrent submissions took \(batches) statements")
        }
    }
}
