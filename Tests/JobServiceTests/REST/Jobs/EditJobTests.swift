import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import Formats
@testable import JobCore
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct EditJobTests {
    private func created(_ session: TestSession, _ body: String) async throws -> String {
        let id = try #require(try await session.post("/jobs", body).string("id"))
        return "/jobs/\(id)"
    }

    private func patch(_ session: TestSession, _ path: String, _ body: String, tag: String? = nil) async throws
        -> TestAnswer
    {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let tag { headers[.ifMatch] = tag }
        return try await session.send(.patch, path, body, headers)
    }

    @Test func aJobThatDoesNotRunIsDeletedWithAllThatBelongsToIt() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let (user, stranger) = (try await api.session(tenant: "own"), try await api.session(tenant: "else"))
            let run = try await platform.startRun(user)
            let path = "/jobs/\(run.job)"
            try await user.send(.delete, path).expectProblem("state-conflict", .conflict)
            try await platform.end(run, .failure(RunFailure(kind: "error", error: "bad", isFinal: true)))
            try await stranger.send(.delete, path).expectProblem("not-found", .notFound)
            #expect(try await user.send(.delete, path).status == .noContent)
            try await user.get(path).expectProblem("not-found", .notFound)
            try await user.send(.delete, path).expectProblem("not-found", .notFound)
            let waiting = try await created(user, #"{"type":"noop"}"#)
            let admin = try await api.session(.admin, tenant: "root")
            #expect(try await admin.send(.delete, waiting).status == .noContent)
            let records = try #require(try await admin.get("/audit-log?action=jobs.delete").json()["records"]?.array)
            // What somebody does to one's own jobs is not on record.
            #expect(records.count == 1)
            #expect(try records.first?.object?["details"]?.object?["state"]?.string == "queued")
        }
        await platform.close()
    }

    @Test func everyMemberOfAJobThatWaitsIsChanged() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let user = try await api.session(tenant: "own")
            let path = try await created(user, #"{"type":"noop","delay":3600,"timeout":5,"retry":{"base":1}}"#)
            let answer = try await patch(
                user,
                path,
                #"""
                {"payload":{ "n": 12345678901234567890 },"tags":["a","b"],"max_attempts":7,"timeout":9.5,"priority":"high",
                 "execute_at":"2031-01-01T00:00:00Z","retry":{"strategy":"fixed","base":2}}
                """#
            )
            #expect(answer.status == .ok, "\(answer.text)")
            #expect(try await answer.text == user.get(path).text)
            let job = try answer.json()
            #expect(
                job["payload"].map { String(decoding: $0.rawBytes, as: UTF8.self) } == #"{ "n": 12345678901234567890 }"#
            )
            #expect(job["tags"]?.array?.map(\.string) == ["a", "b"] && job["max_attempts"]?.int == 7)
            #expect(job["timeout"]?.double == 9.5 && job["priority"]?.string == "high")
            #expect(job["execute_at"]?.string.flatMap { RFC3339.date($0) } == RFC3339.date("2031-01-01T00:00:00Z"))
            #expect(try job["retry"]?.object?["strategy"]?.string == "fixed")
            let less = try await patch(user, path, #"{"timeout":null,"retry":null,"tags":[]}"#).json()
            #expect(
                less["timeout"]?.isNull == true && less["tags"]?.array?.isEmpty == true
                    && less["max_attempts"]?.int == 7
            )
            let figures = try await platform.stores.queues.find(
                TenantQueue(tenant: TenantName(validated: "own"), queue: .default)
            )
            #expect(figures?.counts.scheduled == 1)
        }
        await platform.close()
    }

    @Test func aQueuedJobOfAnotherPriorityWaitsWhereItIsLookedFor() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let user = try await api.session(tenant: "default")
            let path = try await created(user, #"{"type":"noop"}"#)
            try await patch(user, path, #"{"execute_at":"2031-01-01T00:00:00Z"}"#).expectProblem(
                "state-conflict",
                .conflict
            )
            #expect(try await patch(user, path, #"{"priority":"critical"}"#).status == .ok)
            let worker = try await platform.openSession()
            let backlogs = try await platform.stores.backlogs.waiting(of: nil, limit: 10)
            #expect(backlogs.map(\.priority) == [.critical])
            var batch = ExchangeBatch()
            batch.pulls = [BacklogPull(try #require(backlogs.first), since: 0, shares: [(worker, 1)])]
            #expect(try await platform.stores.exchanges.carryOut(batch).granted.count == 1)
            try await patch(user, path, #"{"priority":"low"}"#).expectProblem("state-conflict", .conflict)
        }
        await platform.close()
    }

    @Test func whatIsWrongIsNamedAndWhatWasChangedMeanwhileIsLeftAlone() async throws {
        try await TestPlatform.shared().serve { api in
            let (user, stranger) = (try await api.session(tenant: "edit"), try await api.session(tenant: "edit-else"))
            let path = try await created(user, #"{"type":"noop","delay":3600}"#)
            for (body, field) in [
                ("{}", "payload"), (#"{"priority":"x"}"#, "priority"), (#"{"max_attempts":0}"#, "max_attempts"),
                (#"{"tags":"x"}"#, "tags"), (#"{"queue":"x"}"#, "queue"), (#"{"execute_at":"soon"}"#, "execute_at"),
                (#"{"timeout":-1}"#, "timeout"), (#"{"retry":{"bas":1}}"#, "retry.bas"),
            ] {
                let answer = try await patch(user, path, body)
                try answer.expectProblem("validation-failed", .unprocessableContent)
                #expect(try answer.fieldErrors()[field] != nil, "\(body): \(answer.text)")
            }
            try await patch(stranger, path, #"{"priority":"low"}"#).expectProblem("not-found", .notFound)
            let tag = try #require(try await user.get(path).headers[.eTag])
            #expect(try await patch(user, path, #"{"priority":"low"}"#, tag: tag).status == .ok)
            try await patch(user, path, #"{"priority":"high"}"#, tag: tag).expectProblem(
                "precondition-failed",
                .preconditionFailed
            )
            #expect(try await patch(user, path, #"{"priority":"high"}"#, tag: "*").status == .ok)
            #expect(try await user.get(path).string("priority") == "high")
            let queued = try await created(user, #"{"type":"nobody.runs.this"}"#)
            let other = try #require(try await user.get(queued).headers[.eTag])
            #expect(try await patch(user, queued, #"{"tags":["x"]}"#, tag: other).status == .ok)
        }
    }
}
