import Foundation
import HTTPTypes
import JobCore
import JobStore
import Postgres
import TestSupport
import Testing

@testable import Formats
@testable import JobService

@Suite(.timeLimit(.minutes(1)))
struct QueueTests {
    @Test func queuesAreListedWithTheirFigures() async throws {
        try await TestPlatform.shared().serve { api in
            let tenant = "listed-queues"
            let user = try await api.session(tenant: tenant)
            for body in [#"{"queue":"b"}"#, #"{"queue":"a"}"#, #"{"queue":"a"}"#, #"{"queue":"a","delay":60}"#] {
                #expect(try await user.post("/jobs", body).status == .created)
            }
            let admin = try await api.session(.admin, tenant: tenant)
            let page = try await admin.get("/queues?tenant=\(tenant)&limit=1").json()
            let first = try #require(try page["queues"]?.array?.first?.object)
            #expect(first["name"]?.string == "a")
            #expect(first["tenant"]?.string == tenant)
            #expect(first["paused"]?.bool == false)
            #expect(first["max_depth"]?.isNull == true)
            let depth = try #require(try first["depth"]?.object)
            #expect(depth["queued"]?.int == 2)
            #expect(depth["scheduled"]?.int == 1)
            #expect(try first["totals"]?.object?["submitted"]?.int == 3)
            #expect(try #require(first["oldest_queued_age"]?.double) >= 0)
            let cursor = try #require(page["next_cursor"]?.string)
            let rest = try await admin.get("/queues?tenant=\(tenant)&cursor=\(cursor)").json()
            #expect(try rest["queues"]?.array?.compactMap { try $0.object?["name"]?.string } == ["b"])
            #expect(rest["next_cursor"]?.isNull == true)
        }
    }

    @Test func aQueueIsChangedOnlyByWhoKnowsItsLatestVersion() async throws {
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "versions")
            try await admin.get("/queues/q").expectProblem("not-found", .notFound)
            let unknown = try await admin.send(.put, "/queues/q", #"{"max_depth":5}"#, [.ifMatch: "*"])
            try unknown.expectProblem("precondition-failed", .preconditionFailed)

            let first = try await admin.send(.put, "/queues/q", #"{"max_depth":5}"#)
            #expect(first.status == .ok, "\(first.text)")
            let tag = try #require(first.headers[.eTag])
            let second = try await admin.send(.put, "/queues/q", #"{"max_depth":null}"#, [.ifMatch: "\"x\", \(tag)"])
            #expect(second.status == .ok, "\(second.text)")
            let stale = try await admin.send(.put, "/queues/q", #"{"max_depth":7}"#, [.ifMatch: tag])
            try stale.expectProblem("precondition-failed", .preconditionFailed)
            let weak = try await admin.send(.put, "/queues/q", "{\"max_depth\":7}", [.ifMatch: "W/\(tag)"])
            #expect(weak.status == .preconditionFailed)
            let broken = try await admin.send(.put, "/queues/q", #"{"max_depth":7}"#, [.ifMatch: "5"])
            #expect(try broken.fieldErrors().keys.map { $0.lowercased() } == ["if-match"])

            let shown = try await admin.get("/queues/q")
            #expect(try shown.json()["max_depth"]?.isNull == true)
            let known = try #require(shown.headers[.eTag])
            #expect(known != tag)
            let unchanged = try await admin.get("/queues/q", headers: [.ifNoneMatch: known])
            #expect(unchanged.status == .notModified)
            #expect(unchanged.bytes.isEmpty)
            #expect(unchanged.headers[.eTag] == known)
        }
    }

    @Test func pausingIsOnRecordAndReachesEverySession() async throws {
        let url = try await TestServers.shared.database()
        let platform = try await TestPlatform(url: url)
        try await platform.serve { api in
            let admin = try await api.session(.admin, tenant: "pausing")
            #expect(try await admin.post("/jobs", #"{"queue":"q"}"#).status == .created)
            var news = PostgresListener(
                configuration: try PostgresConfiguration(url: url),
                channels: [QueueStore.channel]
            ).makeAsyncIterator()
            #expect(await news.next() == .reconnected)
            let paused = try await admin.send(.post, "/queues/q/pause")
            #expect(try paused.json()["paused"]?.bool == true, "\(paused.text)")
            guard case .notification = await news.next() else { return #expect(Bool(false), "nothing was announced") }
            let queue = TenantQueue(tenant: try TenantName("pausing"), queue: try QueueName("q"))
            #expect(try await platform.stores.queues.paused() == [queue])
            let resumed = try await admin.send(.post, "/queues/q/resume")
            #expect(try resumed.json()["paused"]?.bool == false)
            #expect(try await platform.stores.queues.paused().isEmpty)
            let statement = PostgresStatement(
                "audit",
                "select action, actor, target from audit_log where action like 'queues.%' order by id"
            )
            let entries = try await platform.pool.query(statement).decode(String.self, String.self, String.self)
            #expect(entries.map(\.0) == ["queues.pause", "queues.resume"])
            #expect(entries.allSatisfy { $0.1 == "somebody" && $0.2 == "q" })
        }
        await platform.close()
    }

    @Test func aQueueIsShownWithItsDepth() async throws {
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "shown-queue")
            for body in [#"{"queue":"a"}"#, #"{"queue":"a"}"#, #"{"queue":"a","delay":60}"#, #"{"queue":"b"}"#] {
                #expect(try await admin.post("/jobs", body).status == .created)
            }
            let shown = try await admin.get("/queues/a")
            let depth = try #require(try shown.json()["depth"]?.object)
            #expect(depth["queued"]?.int == 2 && depth["scheduled"]?.int == 1, "\(shown.text)")
            #expect(try shown.json()["totals"]?.object?["submitted"]?.int == 3)
            let tag = try #require(shown.headers[.eTag])
            #expect(try await admin.get("/queues/a", headers: [.ifNoneMatch: tag]).status == .notModified)
            #expect(try await admin.post("/jobs", #"{"queue":"a"}"#).status == .created)
            let changed = try await admin.get("/queues/a", headers: [.ifNoneMatch: tag])
            #expect(changed.status == .ok)
            #expect(changed.headers[.eTag] != tag)
            // What was said about it is still the same, and so may be changed by who has the older tag.
            #expect(try await admin.send(.put, "/queues/a", #"{"max_depth":9}"#, [.ifMatch: tag]).status == .ok)
            let late = try await admin.send(.put, "/queues/a", #"{"max_depth":8}"#, [.ifMatch: tag])
            try late.expectProblem("precondition-failed", .preconditionFailed)
        }
    }

    @Test(arguments: ["pause", "resume"])
    func aMisspeltNameMakesNoQueue(_ action: String) async throws {
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "nope-\(action)")
            for call in [HTTPRequest.Method.post, .get] {
                let answer = try await admin.send(call, "/queues/nope" + (call == .post ? "/\(action)" : ""))
                try answer.expectProblem("not-found", .notFound)
                let detail = try #require(try answer.string("detail"))
                #expect(detail.hasPrefix("No job was ever submitted to a queue 'nope' of tenant 'nope-\(action)'"))
                #expect(detail.contains(#"PUT /queues/nope with {"max_depth": null}"#))
            }
            #expect(try await admin.get("/queues?tenant=nope-\(action)").json()["queues"]?.array?.isEmpty == true)
            // As it says itself.
            #expect(try await admin.send(.put, "/queues/nope", #"{"max_depth": null}"#).status == .ok)
            #expect(try await admin.send(.post, "/queues/nope/\(action)").status == .ok)
        }
    }

    @Test func onlyAdministratorsManageQueues() async throws {
        try await TestPlatform.shared().serve { api in
            let user = try await api.session(tenant: "users")
            #expect(try await user.get("/queues").json()["queues"]?.array?.isEmpty == true)
            try await user.get("/queues/default?tenant=root").expectProblem("validation-failed", .unprocessableContent)
            try await user.send(.post, "/queues/q/pause").expectProblem("forbidden", .forbidden)
        }
    }

    @Test(arguments: [
        ("/queues/q", #"{"max_depth":0}"#, "max_depth"), ("/queues/q", "{}", "max_depth"),
        ("/queues/q", #"{"max_dept":1,"max_depth":1}"#, "max_dept"), ("/queues/a%20b", #"{"max_depth":1}"#, "name"),
        ("/queues/%2E%2E", #"{"max_depth":1}"#, "name"),
        ("/queues/q?tenan=x", #"{"max_depth":1}"#, "tenan"),
    ])
    func whatIsWrongIsNamed(_ path: String, body: String, field: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(.admin, tenant: "wrong").send(.put, path, body)
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(try Array(answer.fieldErrors().keys) == [field])
        }
    }
}
