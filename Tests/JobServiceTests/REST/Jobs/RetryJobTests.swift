import Foundation
import HTTPTypes
import JobCore
import Testing

@testable import Formats

@Suite(.timeLimit(.minutes(1)))
struct RetryJobTests {
    @Test func aWaitingJobIsQueuedNow() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let session = try await api.session(tenant: "retry-now")
            let scheduled = try #require(try await session.post("/jobs", #"{"type":"noop","delay":60}"#).string("id"))
            let run = try await platform.startRun(session)
            try await platform.end(run, .failure(RunFailure(kind: "error", error: "x", retryAfter: .seconds(60))))
            for id in [scheduled, run.job.description] {
                let answer = try await session.post("/jobs/\(id)/retry", "")
                #expect(answer.status == .ok)
                #expect(try answer.string("state") == "queued")
                #expect(try answer.json()["execute_at"]?.isNull == true)
                try await session.post("/jobs/\(id)/retry", "").expectProblem("state-conflict", .conflict)
            }
        }
    }

    @Test func aDeadJobBeginsAnewAndItsAttemptsStayOnRecord() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let session = try await api.session(tenant: "retry-dead")
            let run = try await platform.startRun(session)
            try await platform.end(run, .failure(RunFailure(kind: "timeout", error: "late", isFinal: true)))
            let answer = try await session.post("/jobs/\(run.job)/retry", "")
            #expect(try answer.string("state") == "queued")
            #expect(try answer.json()["attempt"]?.int == 0)
            let attempts = try #require(try await session.get("/jobs/\(run.job)/attempts").json()["attempts"]?.array)
            let attempt = try #require(try attempts.first?.object)
            #expect(attempts.count == 1)
            #expect(attempt["outcome"]?.string == "failed" && attempt["kind"]?.string == "timeout")
            #expect(attempt["error"]?.string == "late" && attempt["run"]?.int == 1 && attempt["attempt"]?.int == 1)
            #expect(attempt["worker_id"]?.string == run.fence.worker.description)
            #expect(attempt["ended_at"]?.string != nil)
        }
    }
}
