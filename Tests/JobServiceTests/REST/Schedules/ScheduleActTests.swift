import Foundation
import HTTPTypes
import Postgres
import TestSupport
import Testing

@testable import Formats
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct ScheduleActTests {
    private func create(_ session: TestSession, _ more: String = "") async throws -> String {
        let created = try await session.post("/schedules", #"{"name":"s","cron":"@daily","type":"noop"\#(more)}"#)
        return try #require(try created.string("id"), "\(created.text)")
    }

    @Test func pausingAndResumingMayBeRepeated() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "schedule-pause")
            let id = try await create(session)
            for _ in 0..<2 {
                let paused = try await session.post("/schedules/\(id)/pause", "")
                #expect(paused.status == .ok, "\(paused.text)")
                #expect(try paused.json()["paused"]?.bool == true)
                #expect(try paused.json()["next_at"]?.isNull == true)
            }
            for _ in 0..<2 {
                let resumed = try await session.post("/schedules/\(id)/resume", "")
                #expect(try resumed.json()["paused"]?.bool == false)
                #expect(try resumed.string("next_at") != nil)
            }
        }
    }

    @Test func aTriggerSubmitsAJobAndIsNoFiring() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "schedule-trigger")
            let id = try await create(session, #","queue":"q","payload":{"a":1},"priority":"high","tags":["t"]"#)
            let before = try await session.get("/schedules/\(id)")
            let triggered = try await session.post("/schedules/\(id)/trigger", "")
            #expect(triggered.status == .created, "\(triggered.text)")
            let job = try #require(try triggered.string("id"))
            #expect(triggered.headers[.location] == "/jobs/\(job)")
            let shown = try await session.get("/jobs/\(job)").json()
            #expect(shown["type"]?.string == "noop" && shown["queue"]?.string == "q")
            #expect(shown["priority"]?.string == "high" && shown["state"]?.string == "queued")
            #expect(shown["payload"]?.rawBytes.elementsEqual(#"{"a":1}"#.utf8) == true)
            #expect(try await session.get("/schedules/\(id)").bytes == before.bytes)
            _ = try await session.post("/schedules/\(id)/pause", "")
            #expect(try await session.post("/schedules/\(id)/trigger", "").status == .created)
        }
    }

    @Test func aTriggerIsRepeatedUnderItsKey() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "schedule-keys")
            let id = try await create(session)
            let key: HTTPFields = [HTTPField.Name("Idempotency-Key")!: "once"]
            let first = try await session.post("/schedules/\(id)/trigger", "", headers: key)
            #expect(first.status == .created, "\(first.text)")
            let changed = #"{"name":"s","cron":"@hourly","type":"echo"}"#
            #expect(try await session.send(.put, "/schedules/\(id)", changed).status == .ok)
            let second = try await session.post("/schedules/\(id)/trigger", "", headers: key)
            #expect(second.status == .ok, "\(second.text)")
            #expect(second.headers[HTTPField.Name("Idempotent-Replayed")!] == "true")
            #expect(second.headers[.location] == first.headers[.location])
            #expect(try second.string("id") == first.string("id"))
            #expect(try second.string("type") == "noop")
            // The key is the request's: neither another schedule nor another call has it.
            let created = try await session.post("/schedules", #"{"name":"t","cron":"@daily","type":"noop"}"#)
            let other = try #require(try created.string("id"))
            try await session.post("/schedules/\(other)/trigger", "", headers: key)
                .expectProblem("idempotency-key-reused", .unprocessableContent)
            try await session.post("/jobs", #"{"type":"noop"}"#, headers: key)
                .expectProblem("idempotency-key-reused", .unprocessableContent)
            #expect(try await session.get("/jobs").json()["jobs"]?.array?.count == 1)
        }
    }

    @Test func deletingRemoves() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "schedule-delete")
            let id = try await create(session)
            #expect(try await session.send(.delete, "/schedules/\(id)").status == .noContent)
            try await session.send(.delete, "/schedules/\(id)").expectProblem("not-found", .notFound)
            try await session.get("/schedules/\(id)").expectProblem("not-found", .notFound)
        }
    }

    /// Firings are told with what became of their jobs, as long as these are kept, page by page.
    @Test func whatItHasFiredIsTold() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let session = try await api.session(tenant: "t")
            let id = try await create(session)
            #expect(try await session.get("/schedules/\(id)/runs").json()["runs"]?.array?.isEmpty == true)
            let job = try #require(try await session.post("/jobs", #"{"type":"noop"}"#).string("id"))
            let firings = PostgresStatement(
                "",
                """
                insert into schedule_firings (schedule_id, fire_at, job_id)
                select $1::uuid, '2026-01-01T00:00:00.5Z'::timestamptz + i * interval '1 day',
                       case i when 24 then $2::uuid else gen_random_uuid() end
                from generate_series(0, 24) i
                """
            )
            _ = try await platform.pool.query(firings, UUID(uuidString: id), UUID(uuidString: job))
            var (query, instants): (String, [String]) = ("", [])
            repeat {
                let page = try await session.get("/schedules/\(id)/runs?limit=10\(query)").json()
                let runs = try #require(page["runs"]?.array).map { try #require(try $0.object) }
                if instants.isEmpty {
                    #expect(runs[0]["job_id"]?.string == job && runs[0]["state"]?.string == "queued")
                    #expect(runs[0]["attempt"]?.int == 0 && runs[1]["state"]?.isNull == true)
                }
                instants += runs.compactMap { $0["at"]?.string }
                query = page["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !query.isEmpty
            #expect(instants.count == 25 && Set(instants).count == 25 && instants == instants.sorted(by: >))
            #expect(instants.last == "2026-01-01T00:00:00.500000Z")
        }
        await platform.close()
    }

    @Test func schedulesOfOthersAreAsGoodAsNone() async throws {
        try await TestPlatform.shared().serve { api in
            let owner = try await api.session(tenant: "schedule-owner")
            let other = try await api.session(tenant: "schedule-other")
            let id = try await create(owner)
            let body = #"{"name":"mine","cron":"@daily","type":"noop"}"#
            for (method, path) in [
                (HTTPRequest.Method.get, ""), (.delete, ""), (.put, ""), (.post, "/pause"), (.post, "/resume"),
                (.post, "/trigger"), (.get, "/runs"),
            ] {
                let uri = "/schedules/\(id)\(path)"
                try await other.send(method, uri, body).expectProblem("not-found", .notFound)
                try await other.send(method, "/schedules/x\(path)", body).expectProblem("not-found", .notFound)
                try await api.anonymous.send(method, uri, body)
                    .expectProblem("authentication-required", .unauthorized)
            }
            #expect(try await other.get("/schedules").json()["schedules"]?.array?.isEmpty == true)
            let admin = try await api.session(.admin, tenant: "root")
            #expect(try await admin.get("/schedules/\(id)").string("name") == "s")
            let triggered = try await admin.post("/schedules/\(id)/trigger", "")
            #expect(try triggered.string("tenant") == "schedule-owner")
            #expect(try await admin.send(.delete, "/schedules/\(id)").status == .noContent)
        }
    }
}
