import Foundation
import LocalServers
import Postgres
import Testing

extension EndToEndTests {
    /// Every second's instant has one job, also those for which no scheduler ran, until the schedule is paused.
    @Test func aScheduleFiresEachInstantOnceThroughACrashUntilItIsPaused() async throws {
        try await TestStack.run { stack in
            let made = try await stack.request(
                "POST",
                "/schedules",
                body: #"{"name": "tick", "cron": "* * * * * *", "type": "noop", "missed_runs": "all"}"#
            )
            let id = try #require(made.json["id"] as? String, "\(made.body)")
            try await stack.wait(for: 2, "completed_jobs")
            await stack.end(.scheduler, with: SIGKILL)
            let missed = try await stack.figure("completed_jobs")
            try await Task.sleep(for: .seconds(2))
            try await stack.start(.scheduler)
            try await stack.wait(for: missed + 4, "completed_jobs")
            #expect(try await stack.request("POST", "/schedules/\(id)/pause").json["paused"] as? Bool == true)

            let pool = PostgresPool(configuration: try PostgresConfiguration(url: stack.postgres.url))
            let statement = PostgresStatement(
                "firings",
                """
                select count(*), count(distinct fire_at), count(distinct job_id),
                       extract(epoch from max(fire_at) - min(fire_at))::int8 + 1
                from schedule_firings
                """
            )
            func figures() async throws -> [Int64] {
                let row = try await pool.query(statement)[0].decode(Int64.self, Int64.self, Int64.self, Int64.self)
                return [row.0, row.1, row.2, row.3]
            }
            let fired = try await figures()
            #expect(Set(fired).count == 1, "firings, instants, jobs, seconds from the first to the last: \(fired)")
            try await stack.wait(for: Int(fired[0]), "completed_jobs")
            try await Task.sleep(for: .seconds(2))
            #expect(try await figures() == fired, "a paused schedule does not fire")
            #expect(try await stack.figure("completed_jobs") == Int(fired[0]))
            await pool.close()
        }
    }

    /// The end of the job that is waited for wakes the scheduler, whose next look would be a second or more away.
    @Test func aFiringThatWaitsHappensAsSoonAsTheJobBeforeItHasEnded() async throws {
        try await TestStack.run { stack in
            let made = try await stack.request(
                "POST",
                "/schedules",
                body: """
                    {"name": "slow", "cron": "@every 3s", "type": "sleep", "payload": {"seconds": 4}, "overlap": "queue"}
                    """
            )
            #expect(made.status == 201, "\(made.body)")
            try await stack.wait(for: 1, "completed_jobs")
            try await stack.wait(for: 2, "total_jobs")
            let jobs = try await stack.request("GET", "/jobs").json["jobs"] as? [[String: Any]] ?? []
            let ended = try #require(Answer.date(jobs.last?["finished_at"]))
            let queued = try #require(Answer.date(jobs.first?["queued_at"]))
            #expect((0..<0.5).contains(queued.timeIntervalSince(ended)), "\(queued.timeIntervalSince(ended)) s")
        }
    }
}

extension TestStack {
    fileprivate func figure(_ name: String) async throws -> Int {
        try await figures().json[name] as? Int ?? 0
    }

    fileprivate func wait(for count: Int, _ name: String) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await figure(name) < count {
            guard ContinuousClock.now < deadline else {
                throw TookTooLong(what: "\(count) \(name)", limit: .seconds(30))
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
