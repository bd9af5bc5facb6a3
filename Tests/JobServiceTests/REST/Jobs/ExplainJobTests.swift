import Formats
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct ExplainJobTests {
    /// What is in a job's way goes piece by piece, until it runs and has ended.
    @Test func whatIsInAJobsWayIsTold() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let (user, admin) = (try await api.session(tenant: "t"), try await api.session(.admin, tenant: "t"))
            let first = try #require(try await user.post("/jobs", #"{"type":"noop"}"#).string("id"))
            let second = try #require(try await user.post("/jobs", #"{"type":"noop"}"#).string("id"))
            func codes(_ id: String) async throws -> [String] {
                let answer = try await user.get("/jobs/\(id)/explanation").json()
                let reasons = try #require(answer["reasons"]?.array).map { try #require(try $0.object) }
                #expect(answer["summary"]?.string == reasons.first?["detail"]?.string)
                return reasons.compactMap { $0["code"]?.string }
            }
            #expect(try await codes(first) == ["no_worker_for_queue"])
            #expect(try await codes(second) == ["no_worker_for_queue", "behind_others"])
            _ = try await platform.openSession(types: ["other"])
            #expect(try await codes(first) == ["no_handler_for_type"])
            let worker = try await platform.openSession(slots: 2)
            #expect(try await codes(first) == ["soon"])
            #expect(try await codes(second) == ["behind_others"])

            #expect(try await admin.send(.post, "/queues/default/pause").status == .ok)
            #expect(try await codes(first) == ["queue_paused"])
            #expect(try await admin.send(.post, "/queues/default/resume").status == .ok)

            #expect(try await platform.claim([try #require(JobID(first))], by: worker).count == 1)
            _ = try await platform.stores.leases.renew([(worker, 2)], lease: .seconds(60))
            #expect(try await codes(first) == ["running"])
            #expect(try await codes(second) == ["all_slots_taken"])
            let taken = try await user.get("/jobs/\(second)/explanation").json()["reasons"]?.array?.first?.object
            #expect(taken?["slots"]?.int == 2 && taken?["running"]?.int == 2)
            #expect(try taken?["taken_by"]?.array?.first?.object?["count"]?.int == 1)
            _ = try await user.post("/jobs/\(first)/cancel", "")
            #expect(try await codes(first) == ["cancel_requested", "running"])
            let fence = RunFence(run: 1, worker: worker.worker)
            try await platform.end(.init(job: try #require(JobID(first)), fence: fence), .success(result: nil))
            #expect(try await codes(first) == ["ended"])
        }
        await platform.close()
    }

    /// A type that all its workers limit waits while slots are free; one that somebody runs without a limit does not.
    @Test func aTypesLimitIsTold() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let user = try await api.session(tenant: "t")
            let oldest = try #require(try await user.post("/jobs", #"{"type":"noop"}"#).string("id"))
            let first = try #require(JobID(oldest))
            let second = try #require(try await user.post("/jobs", #"{"type":"noop"}"#).string("id"))
            func told(_ member: String) async throws -> JSONValueSlice? {
                try await user.get("/jobs/\(second)/explanation").json()["reasons"]?.array?.first?.object?[member]
            }
            let worker = try await platform.openSession(slots: 8, typeLimits: ["noop": 1])
            #expect(try await told("code")?.string == "behind_others")
            #expect(try await platform.claim([first], by: worker).count == 1)
            #expect(try await told("code")?.string == "type_limit_reached")
            #expect(try await told("limit")?.int == 1)
            #expect(try await told("running")?.int == 1)
            _ = try await platform.openSession(slots: 8)
            #expect(try await told("code")?.string == "soon")
        }
        await platform.close()
    }

    /// What the platform stands on is told of after what is in the job's own way.
    @Test func aKafkaThatIsAwayIsTold() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let created = try await api.session(tenant: "t").post("/jobs", #"{"type":"noop"}"#)
            _ = try await platform.openSession()
            let id = try #require(try created.string("id").flatMap { JobID($0) })
            let job = try #require(try await platform.stores.jobs.job(id, of: nil))
            var obstacles = try await platform.stores.jobs.obstacles(of: job, seenBy: nil)
            func codes(_ states: ComponentStates.Reading) -> [JobExplanation.Reason.Code] {
                JobExplanation(job, obstacles, states).reasons.map(\.code)
            }
            #expect(codes(.init()) == [.soon])
            #expect(codes(.init(isKafkaAway: true)) == [.kafkaAway])
            obstacles.isPaused = true
            let both = codes(.init(isPostgresSlow: true, isKafkaAway: true))
            #expect(both == [.queuePaused, .kafkaAway, .databaseSlow])
        }
        await platform.close()
    }

    @Test func anAdministratorSeesThatATenantIsSuspended() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let admin = try await api.session(.admin, tenant: "default")
            let id = try #require(try await api.session(tenant: "t").post("/jobs", #"{"type":"noop"}"#).string("id"))
            _ = try await platform.openSession()
            #expect(try await admin.post("/tenants/t/suspend", "").status == .ok)
            let answer = try await admin.get("/jobs/\(id)/explanation").json()
            #expect(try answer["reasons"]?.array?.compactMap { try $0.object?["code"]?.string } == ["tenant_suspended"])
        }
        await platform.close()
    }

    @Test func aJobThatWaitsForItsTimeSaysWhenThatIs() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let user = try await api.session(tenant: "t")
            _ = try await platform.openSession()
            let later = try await user.post("/jobs", #"{"type":"noop","delay":60}"#).json()
            let answer = try await user.get("/jobs/\(later["id"]?.string ?? "")/explanation").json()
            #expect(try answer["reasons"]?.array?.compactMap { try $0.object?["code"]?.string } == ["scheduled"])
            #expect(answer["estimated_start"]?.string == later["execute_at"]?.string)
            #expect(answer["ahead"]?.isNull == true)

            let run = try await platform.startRun(user)
            try await platform.end(run, .failure(RunFailure(kind: "error", error: "x", retryAfter: .seconds(60))))
            let retrying = try await user.get("/jobs/\(run.job)/explanation").json()
            #expect(try retrying["reasons"]?.array?.compactMap { try $0.object?["code"]?.string } == ["backoff"])
            #expect(retrying["estimated_start"]?.string != nil)
        }
        await platform.close()
    }

    @Test func anotherTenantsJobIsNotExplained() async throws {
        try await TestPlatform.shared().serve { api in
            let id = try #require(try await api.session(tenant: "one").post("/jobs", #"{"type":"t"}"#).string("id"))
            let other = try await api.session(tenant: "two")
            for path in ["explanation", "payload", "result"] {
                try await other.get("/jobs/\(id)/\(path)").expectProblem("not-found", .notFound)
            }
        }
    }
}
