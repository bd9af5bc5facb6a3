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

    @Test(arguments: ["not-a-uuid", "00000000-0000-7000-8000-000000000000", "%00", "1"])
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
            #expect(page == #"{"jobs":[\#(expected)],"next_cursor":null}"#)
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
}
