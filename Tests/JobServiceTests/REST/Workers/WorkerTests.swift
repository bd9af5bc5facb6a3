import Formats
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct WorkerTests {
    @Test func liveWorkersAreListedInPages() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let leases = platform.stores.leases
            var live: Set<String> = []
            for number in 0..<3 {
                let session = try await platform.openSession(name: "w\(number)")
                _ = try await leases.renew([(session, 5)], lease: .seconds(60))
                live.insert(session.worker.description)
            }
            _ = try await platform.openSession(name: "gone", lease: .zero)
            let admin = try await api.session(.admin, tenant: "t")
            var seen: [String] = []
            var cursor: String?
            repeat {
                let page = try await admin.get("/workers?limit=2" + (cursor.map { "&cursor=\($0)" } ?? "")).json()
                for entry in try #require(page["workers"]?.array) {
                    let worker = try #require(try entry.object)
                    seen.append(try #require(worker["id"]?.string))
                    #expect(worker["slots"]?.int == 8)
                    #expect(worker["running"]?.int == 5)
                    #expect(worker["name"]?.string?.first == "w")
                    #expect(worker["lease_until"]?.string.flatMap { RFC3339.date($0) } ?? .distantPast > Date())
                }
                cursor = page["next_cursor"]?.string
            } while cursor != nil
            #expect(seen.count == 3)
            #expect(Set(seen) == live)
            #expect(try await api.session(tenant: "t").get("/workers").status == .forbidden)
        }
        await platform.close()
    }

    @Test func aWorkerIsShownWithWhatItRuns() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let (user, admin) = (try await api.session(tenant: "t"), try await api.session(.admin, tenant: "t"))
            let run = try await platform.startRun(user)
            _ = try await platform.startRun(user)
            let path = "/workers/\(run.fence.worker)"
            let shown = try await admin.get(path).json()
            #expect(shown["name"]?.string == "w" && shown["slots"]?.int == 8)
            let jobs = try #require(shown["jobs"]?.array).map { try #require(try $0.object) }
            #expect(jobs.count == 1 && jobs[0]["id"]?.string == run.job.description && jobs[0]["attempt"]?.int == 1)
            let listed = try await user.get("/jobs?worker=\(run.fence.worker)").json()["jobs"]?.array
            #expect(try listed?.compactMap { try $0.object?["id"]?.string } == [run.job.description])
            try await platform.end(run, .success(result: nil))
            #expect(try await admin.get(path).json()["jobs"]?.array?.isEmpty == true)
            #expect(try await user.get(path).status == .forbidden)
            try await admin.get("/workers/\(WorkerID.make())").expectProblem("not-found", .notFound)
        }
        await platform.close()
    }

    @Test func aWorkerIsAskedToEnd() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let worker = try await platform.openSession().worker
            let gone = try await platform.openSession(name: "gone", lease: .zero).worker
            let admin = try await api.session(.admin, tenant: "t")
            for _ in 0..<2 { #expect(try await admin.send(.post, "/workers/\(worker)/drain").status == .accepted) }
            for id in ["\(gone)", "\(WorkerID.make())", "x"] {
                try await admin.send(.post, "/workers/\(id)/drain").expectProblem("not-found", .notFound)
            }
            try await api.session(tenant: "t").send(.post, "/workers/\(worker)/drain").expectProblem(
                "forbidden",
                .forbidden
            )
            let listed = try await admin.get("/workers").json()["workers"]?.array
            #expect(try listed?.compactMap { try $0.object?["draining"]?.bool } == [true])
        }
        await platform.close()
    }

    @Test func whatNoWorkerHasAHandlerForIsTold() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            _ = try await platform.openSession(tenant: .default, queues: ["mail", "a.b"], types: ["send", "echo"])
            let user = try await api.session(tenant: "default")
            let handled = try await user.post("/jobs", #"{"type":"send","queue":"mail"}"#).string("id") ?? "none"
            let unhandled = try await user.post("/jobs", #"{"type":"new","queue":"mail"}"#).string("id") ?? "none"
            let elsewhere = try await user.post("/jobs", #"{"type":"send","queue":"far"}"#).string("id") ?? "none"
            let later = try await user.post("/jobs", #"{"type":"new","delay":60}"#).string("id") ?? "none"
            _ = try await platform.stores.backlogs.tend(limit: 10)

            #expect(try await user.get("/jobs/\(handled)").json()["unhandled"]?.bool == false)
            #expect(try await user.get("/jobs/\(unhandled)").json()["unhandled"]?.bool == true)
            #expect(try await user.get("/jobs/\(elsewhere)").json()["unhandled"]?.bool == true)
            #expect(try await user.get("/jobs/\(later)").json()["unhandled"]?.isNull == true)
            let listed = try await user.get("/jobs?type=new").json()["jobs"]?.array
            #expect(try listed?.allSatisfy { try $0.object?["unhandled"]?.isNull == true } == true)

            let page = try await api.session(.admin, tenant: "t").get("/workers").json()
            let types = try #require(page["unhandled_types"]?.array).map { try #require(try $0.object) }
            // The queue "far" waits for workers, not for a handler.
            #expect(types.map { $0["type"]?.string } == ["new"])
            #expect(types.allSatisfy { $0["tenant"]?.string == "default" })
            #expect(types.allSatisfy { $0["since"]?.string.flatMap { RFC3339.date($0) } != nil })
            let worker = try #require(try page["workers"]?.array?.first?.object)
            #expect(worker["tenant"]?.string == "default")
            #expect(worker["queues"]?.array?.map(\.string) == ["a.b", "mail"])
            #expect(worker["types"]?.array?.map(\.string) == ["echo", "send"])
        }
        await platform.close()
    }
}
