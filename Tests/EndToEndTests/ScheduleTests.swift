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
            try await stack.waitForJobs(2)
            await stack.end(.scheduler, with: SIGKILL)
            let missed = try await stack.completedJobs()
            try await Task.sleep(for: .seconds(2))
            try await stack.start(.scheduler)
            try await stack.waitForJobs(missed + 4)
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
            try await stack.waitForJobs(Int(fired[0]))
            try await Task.sleep(for: .seconds(2))
            #expect(try await figures() == fired, "a paused schedule does not fire")
            #expect(try await stack.completedJobs() == Int(fired[0]))
            await pool.close()
        }
    }
}

extension TestStack {
    fileprivate func completedJobs() async throws -> Int {
        try await figures().json["completed_jobs"] as? Int ?? 0
    }

    fileprivate func waitForJobs(_ count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await completedJobs() < count {
            guard ContinuousClock.now < deadline else {
                throw TookTooLong(what: "\(count) completed jobs", limit: .seconds(30))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
