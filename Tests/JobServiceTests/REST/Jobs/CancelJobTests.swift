import Foundation
import HTTPTypes
import JobCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CancelJobTests {
    @Test func aWaitingJobIsCancelledHoweverOftenItIsAsked() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "cancel")
            let id = try #require(try await session.post("/jobs", #"{"type":"noop","delay":60}"#).string("id"))
            for _ in 0..<2 {
                let answer = try await session.post("/jobs/\(id)/cancel", "")
                #expect(answer.status == .ok)
                #expect(try answer.string("state") == "cancelled")
            }
        }
    }

    @Test func aRunningJobIsToBeStoppedAndAFinishedOneIsAConflict() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let session = try await api.session(tenant: "cancel-running")
            let run = try await platform.startRun(session)
            for _ in 0..<2 {
                let answer = try await session.post("/jobs/\(run.job)/cancel", "")
                #expect(answer.status == .accepted)
                #expect(try answer.string("state") == "running")
                #expect(try answer.string("cancel_requested_at") != nil)
            }
            try await platform.end(run, .success(result: nil))
            let answer = try await session.post("/jobs/\(run.job)/cancel", "")
            try answer.expectProblem("state-conflict", .conflict)
            #expect(try answer.string("detail")?.contains("completed") == true)
        }
    }

    @Test func whatIsNotOnesOwnIsNotFound() async throws {
        try await TestPlatform.shared().serve { api in
            let mine = try await api.session(tenant: "cancel-mine")
            let id = try #require(try await mine.post("/jobs", #"{"type":"noop","delay":60}"#).string("id"))
            let other = try await api.session(tenant: "cancel-other")
            for path in ["/jobs/\(id)", "/jobs/nonsense", "/jobs/\(JobID.make())"] {
                for action in ["cancel", "retry"] {
                    try await other.post("\(path)/\(action)", "").expectProblem("not-found", .notFound)
                }
                try await other.get("\(path)/attempts").expectProblem("not-found", .notFound)
            }
            #expect(try await mine.get("/jobs/\(id)").string("state") == "scheduled")
        }
    }
}
