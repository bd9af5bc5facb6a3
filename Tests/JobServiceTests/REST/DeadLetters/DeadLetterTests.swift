import Foundation
import HTTPTypes
import JobCore
import Testing

@testable import Formats
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct DeadLetterTests {
    private func dead(_ platform: TestPlatform, _ session: TestSession, _ error: String) async throws -> JobID {
        let run = try await platform.startRun(session)
        try await platform.end(run, .failure(RunFailure(kind: "error", error: error, isFinal: true)))
        return run.job
    }

    @Test func nobodyButAnAdministratorSeesThoseOfOthers() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let owner = try await api.session(tenant: "dlq-owner")
            let user = try await api.session(tenant: "dlq-user")
            let foreign = try await dead(platform, owner, "bad").description
            for (method, path) in [
                (HTTPRequest.Method.get, "/dead-letters"), (.get, "/dead-letters/groups"),
                (.post, "/dead-letters/replay"), (.delete, "/dead-letters?queue=default"),
                (.delete, "/dead-letters/\(foreign)"),
            ] {
                try await api.anonymous.send(method, path).expectProblem("authentication-required", .unauthorized)
            }
            #expect(try await user.get("/dead-letters").json()["dead_letters"]?.array?.isEmpty == true)
            #expect(try await user.get("/dead-letters/groups").json()["groups"]?.array?.isEmpty == true)
            for body in [#"{"ids":["\#(foreign)"]}"#, #"{"filter":{}}"#] {
                #expect(try await user.post("/dead-letters/replay", body).json()["count"]?.int == 0)
            }
            #expect(try await user.send(.delete, "/dead-letters?queue=default").json()["count"]?.int == 0)
            try await user.send(.delete, "/dead-letters/\(foreign)").expectProblem("not-found", .notFound)
            for path in ["/dead-letters?tenant=dlq-owner", "/dead-letters/groups?tenant=dlq-owner"] {
                let answer = try await user.get(path)
                try answer.expectProblem("validation-failed", .unprocessableContent)
                #expect(try answer.fieldErrors()["tenant"] != nil)
            }
            let named = try await user.post("/dead-letters/replay", #"{"filter":{"tenant":"dlq-owner"}}"#)
            #expect(try named.fieldErrors()["filter.tenant"] != nil)
            #expect(try await owner.get("/dead-letters?tenant=dlq-owner").json()["dead_letters"]?.array?.count == 1)
            #expect(try await owner.post("/dead-letters/replay", #"{"filter":{}}"#).json()["count"]?.int == 1)
        }
    }

    @Test func pagesFiltersAndGroups() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let user = try await api.session(tenant: "dlq-list")
            let admin = try await api.session(.admin, tenant: "root")
            var ids: [String] = []
            for index in 0..<5 { ids.append(try await dead(platform, user, "user \(index) not found").description) }
            _ = try await dead(platform, try await api.session(tenant: "dlq-else"), "other")
            var read: [String] = []
            var uri: String? = "/dead-letters?tenant=dlq-list&limit=2"
            while let next = uri {
                let page = try await admin.get(next).json()
                read += try #require(page["dead_letters"]?.array).compactMap { try $0.object?["id"]?.string }
                uri = page["next_cursor"]?.string.map { "/dead-letters?tenant=dlq-list&limit=2&cursor=\($0)" }
            }
            #expect(read == ids.reversed())
            let groups = try #require(
                try await admin.get("/dead-letters/groups?tenant=dlq-list").json()["groups"]?.array
            )
            let group = try #require(try groups.first?.object)
            #expect(groups.count == 1 && group["count"]?.int == 5)
            #expect(group["sample_error"]?.string == "user 4 not found")
            let fingerprint = try #require(group["fingerprint"]?.string)
            let same = try await admin.get("/dead-letters?tenant=dlq-list&fingerprint=\(fingerprint)").json()
            #expect(same["dead_letters"]?.array?.count == 5)
            let none = try await admin.get("/dead-letters?tenant=dlq-list&reason=attempts_exhausted").json()
            #expect(none["dead_letters"]?.array?.isEmpty == true)
        }
    }

    @Test func badParametersAreNamed() async throws {
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "root")
            let list = try await admin.get("/dead-letters?reson=x&limit=0&fingerprint=zz&died_after=now&cursor=1")
            try list.expectProblem("validation-failed", .unprocessableContent)
            #expect(try Set(list.fieldErrors().keys) == ["reson", "limit", "fingerprint", "died_after", "cursor"])
            #expect(try list.fieldErrors()["reson"]?.contains("did you mean 'reason'") == true)
            for (body, field) in [
                ("{}", "filter"), (#"{"ids":[]}"#, "ids"), (#"{"ids":["x"]}"#, "ids"),
                (#"{"filter":{},"ids":["\#(JobID.make())"]}"#, "filter"), (#"{"filter":{"qeue":"x"}}"#, "filter.qeue"),
                (#"{"filter":{},"rate":0}"#, "rate"), (#"{"filter":{},"limit":0}"#, "limit"),
                (#"{"filter":{},"dryrun":true}"#, "dryrun"),
            ] {
                let answer = try await admin.post("/dead-letters/replay", body)
                try answer.expectProblem("validation-failed", .unprocessableContent)
                #expect(try answer.fieldErrors()[field] != nil, "\(body): \(answer.text)")
            }
            let all = try await admin.send(.delete, "/dead-letters")
            try all.expectProblem("validation-failed", .unprocessableContent)
            try await admin.send(.delete, "/dead-letters/\(JobID.make())").expectProblem("not-found", .notFound)
        }
    }

    @Test func aDryRunChangesNothingAndAReplayQueuesWhatItSaid() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let user = try await api.session(tenant: "dlq-replay")
            let admin = try await api.session(.admin, tenant: "root")
            var ids: [String] = []
            for _ in 0..<3 { ids.append(try await dead(platform, user, "bad").description) }
            let filter = #""filter":{"tenant":"dlq-replay"}"#
            let dry = try await admin.post("/dead-letters/replay", #"{\#(filter),"dry_run":true}"#).json()
            #expect(dry["count"]?.int == 3 && dry["ids"]?.array?.compactMap(\.string) == ids)
            let first = try await admin.post("/dead-letters/replay", #"{"ids":["\#(ids[1])"]}"#).json()
            #expect(first["count"]?.int == 1)
            #expect(try await user.get("/jobs/\(ids[1])").string("state") == "queued")
            let rest = try await admin.post("/dead-letters/replay", #"{\#(filter),"rate":0.01}"#).json()
            #expect(rest["count"]?.int == 2)
            #expect(try await user.get("/jobs/\(ids[2])").string("state") == "scheduled")
        }
    }

    @Test func deletingRemovesForEver() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let user = try await api.session(tenant: "dlq-delete")
            let admin = try await api.session(.admin, tenant: "root")
            let id = try await dead(platform, user, "bad")
            for _ in 0..<2 { _ = try await dead(platform, user, "worse") }
            #expect(try await admin.send(.delete, "/dead-letters/\(id)").status == .noContent)
            try await user.get("/jobs/\(id)").expectProblem("not-found", .notFound)
            #expect(try await admin.send(.delete, "/dead-letters?tenant=dlq-delete").json()["count"]?.int == 2)
        }
    }
}
