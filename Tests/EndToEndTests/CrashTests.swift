import Foundation
import JobCore
import JobStore
import LocalServers
import Postgres
import Testing

extension EndToEndTests {
    @Test func jobsOfAKilledWorkerRunAgainWithinFifteenSeconds() async throws {
        try await TestStack.run { stack in
            var ids: [String] = []
            for _ in 0..<5 { ids.append(try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 3}}"#)) }
            for id in ids { try await stack.wait(for: id, toBe: "running") }
            await stack.end(.worker, with: SIGKILL)
            let killed = ContinuousClock.now
            try await stack.start(.worker)
            for id in ids {
                try await stack.wait(for: id, toBe: "running", within: .seconds(15)) {
                    ($0.json["run"] as? Int ?? 0) >= 2
                }
            }
            #expect(ContinuousClock.now - killed < .seconds(15))
            for id in ids {
                let job = try await stack.wait(for: id, toBe: "completed").json
                #expect(job["attempt"] as? Int == 2)
            }
        }
    }

    /// A job-service that is killed between commit and publish leaves a committed row and no record, which is what is made here.
    @Test func aJobThatWasCommittedButNeverPublishedRuns() async throws {
        try await TestStack.run { stack in
            try await stack.wait(for: stack.submit(#"{"type": "noop"}"#), toBe: "completed")
            await stack.end(.jobService, with: SIGKILL)
            let pool = PostgresPool(configuration: try PostgresConfiguration(url: stack.postgres.url))
            var job = NewJob(type: try JobType("noop"), payload: Array("{}".utf8))
            job.queue = try QueueName("noop")
            _ = try await SubmissionStore(pool: GuardedPool(pool)).insert([job])
            var first = NewJob(type: try JobType("echo"), payload: Array("{}".utf8))
            first.queue = try QueueName("never-seen")
            _ = try await SubmissionStore(pool: GuardedPool(pool)).insert([first])
            await pool.close()
            try await stack.start(.jobService)
            try await stack.wait(for: job.id.description, toBe: "completed", within: .seconds(30))
            try await stack.wait(for: first.id.description, toBe: "completed", within: .seconds(30))
        }
    }

    @Test func aBacklogSurvivesTheLossOfTheBrokerAndAllItsRecords() async throws {
        try await TestStack.run { stack in
            try await stack.wait(for: stack.submit(#"{"type": "noop"}"#), toBe: "completed")
            await stack.end(.worker, with: SIGTERM)
            var ids: [String] = []
            for _ in 0..<50 { ids.append(try await stack.submit(#"{"type": "noop"}"#)) }
            await stack.end(.devBroker, with: SIGKILL)
            for _ in 0..<10 { ids.append(try await stack.submit(#"{"type": "noop"}"#)) }
            try await stack.start(.devBroker)
            try await stack.start(.worker)
            for id in ids { try await stack.wait(for: id, toBe: "completed", within: .seconds(40)) }
            #expect(try await stack.figures().json["completed_jobs"] as? Int == 61)
        }
    }

    @Test func aDrainingWorkerGivesItsJobsBackAndEndsWell() async throws {
        try await TestStack.run { stack in
            let id = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 30}}"#)
            try await stack.wait(for: id, toBe: "running")
            #expect(await stack.end(.worker, with: SIGTERM) == 0)
            let job = try await stack.wait(for: id, toBe: "queued", within: .seconds(2)).json
            #expect(job["attempt"] as? Int == 0)
        }
    }

    @Test func aRestartedJobServiceFindsItsWorkersAgain() async throws {
        try await TestStack.run { stack in
            let long = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 2}}"#)
            try await stack.wait(for: long, toBe: "running")
            // Nobody takes the job back, should the job-service stay away for longer than the lease lasts.
            await stack.end(.scheduler, with: SIGTERM)
            await stack.end(.jobService, with: SIGKILL)
            try await stack.start(.jobService)
            let job = try await stack.wait(for: long, toBe: "completed", within: .seconds(60)).json
            #expect(job["attempt"] as? Int == 1, "its outcome was kept until a job-service could take it")
            // A worker that has just joined a new group hears no record of before: then the scheduler tells of the job.
            try await stack.start(.scheduler)
            try await stack.wait(for: stack.submit(#"{"type": "noop"}"#), toBe: "completed")
        }
    }
}
