import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import Formats
@testable import JobCore
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct BulkOperationRouteTests {
    private func delayed(_ session: TestSession, _ count: Int) async throws -> [String] {
        var ids: [String] = []
        for _ in 0..<count {
            ids.append(try #require(try await session.post("/jobs", #"{"type":"noop","delay":3600}"#).string("id")))
        }
        return ids
    }

    @Test func anOperationIsTriedMadeFollowedAndEnds() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let user = try await api.session(tenant: "own")
            let ids = try await delayed(user, 3)
            _ = try await delayed(try await api.session(tenant: "other"), 1)
            let filter = #""kind":"cancel","filter":{"state":"scheduled"}"#
            let dry = try await user.post("/operations", "{\(filter),\"dry_run\":true}")
            #expect(try dry.status == .ok && dry.json()["is_exact"]?.bool == true)
            #expect(try dry.json()["examples"]?.array?.compactMap(\.string) == ids.reversed())

            let made = try await user.post("/operations", "{\(filter),\"limit\":2}")
            #expect(made.status == .accepted)
            let path = try #require(made.headers[.location])
            #expect(try path == "/operations/\(made.string("id") ?? "")")
            for (name, text) in [
                ("state", "waiting"), ("tenant", "own"), ("created_by", "somebody"), ("kind", "cancel"),
            ] {
                #expect(try made.string(name) == text, "\(name)")
            }
            #expect(try made.json()["matched"]?.int == 3 && made.json()["limit"]?.int == 2)
            while try await platform.stores.operations.carryOutBatch() != nil {}
            let done = try await user.get(path).json()
            #expect(done["state"]?.string == "done" && done["changed"]?.int == 2 && done["examined"]?.int == 2)
            #expect(try await user.get("/jobs/\(ids[2])").string("state") == "cancelled")
            #expect(try await user.get("/jobs/\(ids[0])").string("state") == "scheduled")
            try await user.send(.post, path + "/stop").expectProblem("operation-ended", .conflict)
        }
        await platform.close()
    }

    @Test func aStopMayBeAskedForAgain() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let user = try await api.session(tenant: "own")
            _ = try await delayed(user, 1)
            let made = try await user.post("/operations", #"{"kind":"retry","filter":{},"rate":1.5}"#)
            let path = try #require(made.headers[.location])
            for _ in 0..<2 {
                let stopped = try await user.send(.post, path + "/stop")
                #expect(try stopped.status == .ok && stopped.string("state") == "stopped")
            }
            #expect(try await platform.stores.operations.carryOutBatch() == nil)
        }
        await platform.close()
    }

    @Test func operationsOfOthersAreNotFound() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let (owner, stranger) = (try await api.session(tenant: "own"), try await api.session(tenant: "else"))
            let admin = try await api.session(.admin, tenant: "root")
            let ids = try await delayed(owner, 2)
            let path = try #require(
                try await owner.post("/operations", #"{"kind":"retry","filter":{}}"#).headers[.location]
            )
            try await stranger.get(path).expectProblem("not-found", .notFound)
            try await stranger.send(.post, path + "/stop").expectProblem("not-found", .notFound)
            #expect(try await stranger.get("/operations").json()["operations"]?.array?.isEmpty == true)
            try await owner.get("/operations/x").expectProblem("not-found", .notFound)
            // What a stranger names of others is skipped.
            let foreign = try await stranger.post(
                "/operations",
                #"{"kind":"delete","ids":["\#(ids[0])","\#(ids[0])"]}"#
            )
            #expect(try foreign.json()["matched"]?.int == 1 && foreign.json()["filter"]?.isNull == true)
            while try await platform.stores.operations.carryOutBatch() != nil {}
            let skipped = try await stranger.get(foreign.headers[.location] ?? "").json()
            #expect(skipped["skipped"]?.int == 1 && skipped["changed"]?.int == 0)
            // An administrator's concerns all tenants, or the one that is named.
            let all = try await admin.post("/operations", #"{"kind":"cancel","filter":{}}"#).json()
            #expect(all["tenant"]?.isNull == true && all["matched"]?.int == 2)
            let named = try await admin.post("/operations", #"{"kind":"cancel","filter":{"tenant":"else"}}"#)
            #expect(try named.string("tenant") == "else" && named.json()["matched"]?.int == 0)
            var seen: [String] = []
            var uri: String? = "/operations?limit=3"
            while let next = uri {
                let page = try await admin.get(next).json()
                seen += try #require(page["operations"]?.array).compactMap { try $0.object?["kind"]?.string }
                uri = page["next_cursor"]?.string.map { "/operations?limit=3&cursor=\($0)" }
            }
            #expect(seen == ["cancel", "cancel", "delete", "retry"])
            let waiting = try await admin.get("/operations?tenant=own&state=done").json()["operations"]?.array
            #expect(waiting?.count == 1)
        }
        await platform.close()
    }

    @Test func whatIsWrongIsNamed() async throws {
        try await TestPlatform.shared().serve { api in
            let user = try await api.session(tenant: "wrong")
            for (body, field) in [
                ("{}", "kind"), (#"{"kind":"explode","filter":{}}"#, "kind"), (#"{"kind":"retry"}"#, "filter"),
                (#"{"kind":"retry","filter":{},"ids":["\#(JobID.make())"]}"#, "filter"),
                (#"{"kind":"retry","ids":[]}"#, "ids"),
                (#"{"kind":"retry","filter":{"stat":"dead"}}"#, "filter.stat"),
                (#"{"kind":"delete","filter":{}}"#, "filter.state"),
                (#"{"kind":"retry","filter":{"state":"gone"}}"#, "filter.state"),
                (#"{"kind":"retry","filter":{"state":["dead","gone"]}}"#, "filter.state"),
                (#"{"kind":"retry","filter":{"reason":"discarded"}}"#, "filter.state"),
                (#"{"kind":"retry","filter":{"state":"dead","fingerprint":"zz"}}"#, "filter.fingerprint"),
                (#"{"kind":"retry","filter":{"tenant":"other"}}"#, "filter.tenant"),
                (#"{"kind":"retry","filter":{},"rate":0}"#, "rate"),
                (#"{"kind":"retry","filter":{},"limit":0}"#, "limit"),
                (#"{"kind":"retry","filter":{},"payload":[1]}"#, "payload"),
                (#"{"kind":"cancel","filter":{},"payload":{}}"#, "payload"),
                (#"{"kind":"retry","filter":{},"dryrun":true}"#, "dryrun"),
            ] {
                let answer = try await user.post("/operations", body)
                try answer.expectProblem("validation-failed", .unprocessableContent)
                #expect(try answer.fieldErrors()[field] != nil, "\(body): \(answer.text)")
            }
            let list = try await user.get("/operations?tenant=other&state=gone")
            #expect(try Set(list.fieldErrors().keys) == ["tenant", "state"])
        }
    }

    @Test func tooManyAtOnceAreRefused() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let user = try await api.session(tenant: "busy")
            for _ in 0..<BulkOperationStore.mostOfTenant {
                #expect(try await user.post("/operations", #"{"kind":"retry","filter":{}}"#).status == .accepted)
            }
            let answer = try await user.post("/operations", #"{"kind":"retry","filter":{}}"#)
            try answer.expectProblem("too-many-operations", .tooManyRequests)
            #expect(answer.headers[.retryAfter] != nil)
            #expect(try await user.post("/operations", #"{"kind":"retry","filter":{},"dry_run":true}"#).status == .ok)
            let other = try await api.session(tenant: "idle")
            #expect(try await other.post("/operations", #"{"kind":"retry","filter":{}}"#).status == .accepted)
        }
        await platform.close()
    }
}
