import Foundation
import HTTPTypes
import JobCore
import Testing

@testable import Formats
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct ReadJobTests {
    @Test func aFinishedJobIsShownWithItsResult() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let session = try await api.session(tenant: "finished")
            let created = try await session.post("/jobs", #"{"type":"echo","payload":{"a":1}}"#)
            let id = try #require(try created.string("id").flatMap { JobID($0) })
            let worker = try await platform.openSession()
            let fence = RunFence(run: 1, worker: worker.worker)
            #expect(try await platform.claim([id], by: worker).map(\.attempt) == [1])
            let running = try await session.get("/jobs/\(id)").json()
            #expect(running["state"]?.string == "running")
            #expect(running["worker_id"]?.string == worker.worker.description)
            #expect(running["started_at"]?.string != nil)
            _ = try await platform.stores.exchanges.record([
                RunOutcome(job: id, fence: fence, kind: .success(result: Array(#"{"big":12345678901234567890}"#.utf8)))
            ])
            let done = try await session.get("/jobs/\(id)")
            #expect(try done.string("status") == "completed")
            #expect(try done.json()["run"]?.int == 1)
            #expect(try done.json()["finished_at"]?.string != nil)
            #expect(done.text.contains(#""result":{"big":12345678901234567890},"#), "\(done.text)")
        }
    }

    @Test func whatItsHandlerSaidIsShownWithTheJob() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let session = try await api.session(tenant: "saying")
            let run = try await platform.startRun(session)
            let job = "/jobs/\(run.job)"
            #expect(try await session.get(job).json()["progress"]?.isNull == true)
            var batch = ExchangeBatch()
            batch.notes = [RunNote(source: .init(job: run.job, fence: run.fence), progress: .init(0.25, "a quarter"))]
            batch.notes[0].lines = (0..<3).map {
                RunNote.Line(number: $0, age: .zero, level: "info", message: "line \($0)")
            }
            _ = try await platform.stores.exchanges.carryOut(batch)
            let progress = try await session.get(job + "?fields=progress").json()["progress"]
            let members = try #require(try progress?.object)
            #expect(members["fraction"]?.double == 0.25 && members["run"]?.int == 1)
            #expect(members["message"]?.string == "a quarter")
            func numbers(_ query: String) async throws -> [Int?] {
                let lines = try await session.get(job + "/log" + query).json()["lines"]?.array ?? []
                return try lines.map { try $0.object?["number"]?.int }
            }
            #expect(try await numbers("") == [2, 1, 0])
            #expect(try await numbers("?limit=1&run=1") == [2])
            #expect(try await numbers("?run=2").isEmpty)
            #expect(try await session.get(job + "/log?limit=2561").status == .unprocessableContent)
            try await api.session(tenant: "not-saying").get(job + "/log").expectProblem("not-found", .notFound)
        }
    }

    @Test func tenantsDoNotSeeEachOther() async throws {
        try await TestPlatform.shared().serve { api in
            let mine = try await api.session(tenant: "mine")
            let id = try #require(try await mine.post("/jobs", #"{"type":"private"}"#).string("id"))
            let other = try await api.session(tenant: "other")
            try await other.get("/jobs/\(id)").expectProblem("not-found", .notFound)
            #expect(try await other.get("/jobs?type=private").json()["jobs"]?.array?.isEmpty == true)
            let admin = try await api.session(.admin, tenant: "other")
            #expect(try await admin.get("/jobs/\(id)").string("tenant") == "mine")
            #expect(try await admin.get("/jobs?type=private").json()["jobs"]?.array?.count == 1)
        }
    }

    @Test(arguments: ["not-a-uuid", "00000000-0000-7000-8000-000000000000", "1"])
    func whatIsNotThereIsNotFound(_ id: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "nothing").get("/jobs/\(id)")
            try answer.expectProblem("not-found", .notFound)
        }
    }

    @Test func onlyTheFieldsAskedForAreTold() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "fields")
            let id = try await session.post("/jobs", #"{"type":"t"}"#).string("id") ?? "none"
            let expected = #"{"id":"\#(id)","state":"queued","type":"t"}"#
            #expect(try await session.get("/jobs/\(id)?fields=type,id,state,id").text == expected)
            let page = try await session.get("/jobs?fields=state,type,id").text
            #expect(page == #"{"jobs":[\#(expected)],"next_cursor":null,"is_complete":true}"#)
        }
    }

    @Test func aJobThatHasNotChangedIsNotSentAgain() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "tags")
            let id = try await session.post("/jobs", #"{"type":"t","delay":60}"#).string("id") ?? "none"
            let tag = try #require(try await session.get("/jobs/\(id)").headers[.eTag])
            let known: HTTPFields = [.ifNoneMatch: "\"other\", \(tag)"]
            let unchanged = try await session.get("/jobs/\(id)", headers: known)
            #expect(unchanged.status == .notModified)
            #expect(unchanged.bytes.isEmpty)
            #expect(unchanged.headers[.eTag] == tag)
            #expect(try await session.get("/jobs/\(id)?fields=id", headers: known).status == .ok)
            #expect(try await session.post("/jobs/\(id)/cancel", "").status == .ok)
            #expect(try await session.get("/jobs/\(id)", headers: known).status == .ok)
        }
    }

    @Test func payloadAndResultAreGivenToTheByte() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let session = try await api.session(tenant: "bytes")
            let payload = #"{ "n": 1.0, "big": 12345678901234567890123, "say": "üüüü" }"#
            let worker = try await platform.openSession()
            let id = try #require(
                try await session.post("/jobs", #"{"type":"noop","payload":\#(payload)}"#).string("id")
            )
            let shown = try await session.get("/jobs/\(id)/payload")
            #expect(shown.text == payload && shown.headers[.contentType] == "application/json")
            try await session.get("/jobs/\(id)/result").expectProblem("not-found", .notFound)
            #expect(try await platform.claim([try #require(JobID(id))], by: worker).count == 1)
            let fence = RunFence(run: 1, worker: worker.worker)
            try await platform.end(
                .init(job: try #require(JobID(id)), fence: fence),
                .success(result: Array("[1, 2]".utf8))
            )
            #expect(try await session.get("/jobs/\(id)/result").text == "[1, 2]")

            let whole = try await session.get("/jobs/\(id)?truncate=\(payload.utf8.count)").json()
            #expect(whole["payload"] != nil && whole["payload_head"] == nil)
            // A character is not cut in two.
            let cut = try await session.get("/jobs/\(id)?truncate=\(payload.utf8.count - 4)").json()
            #expect(cut["payload"] == nil && cut["payload_bytes"]?.int == payload.utf8.count && cut["result"] != nil)
            #expect(cut["payload_head"]?.string == String(payload.dropLast(4)))
            let half = try await session.get("/jobs/\(id)?truncate=\(payload.utf8.count - 5)&fields=payload").json()
            #expect(half["payload_head"]?.string == String(payload.dropLast(4)))
        }
    }
}
