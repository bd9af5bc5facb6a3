import Foundation
import HTTPTypes
import Postgres
import TestSupport
import Testing

@testable import Formats
@testable import JobCore
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct BatchTests {
    private let ndjson: HTTPFields = [.contentType: "application/x-ndjson"]

    @Test func aBatchIsStoredAsItsJobsWouldBe() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let session = try await api.session(tenant: "batches")
            let bodies = [
                #"{"type":"a","queue":"q1","payload":{"n":1.50},"tags":["x","y,z"],"max_attempts":3,"timeout":1.5}"#,
                #"{"type":"b","queue":"q1","priority":"high","delay":60,"retry":{"strategy":"fixed","base":1}}"#,
                #"{"queue":"q2"}"#,
            ]
            let answer = try await session.post("/jobs/batch", "[\(bodies.joined(separator: " , "))]")
            #expect(answer.status == .created, "\(answer.text)")
            let body = try answer.json()
            #expect(body["count"]?.int == 3)
            let ids = try #require(body["ids"]?.array).compactMap(\.string)
            #expect(ids.count == 3)
            for (id, body) in zip(ids, bodies) {
                let single = try await session.post("/jobs", body)
                let batched = try await session.get("/jobs/\(id)")
                let alone = try await session.get("/jobs/\(try #require(try single.string("id")))")
                #expect(try batched.membersButTimes() == alone.membersButTimes())
            }
            // Counted and announced like others: each was stored twice.
            let counts = try await platform.stores.jobs.counts(of: nil)
            #expect((counts.submitted, counts.queued, counts.scheduled) == (6, 4, 2))
            let statement = PostgresStatement("backlogs", "select count(*) from job_counters")
            #expect(try await platform.pool.query(statement)[0].decode(Int64.self) >= 3, "a row for each backlog")
        }
        await platform.close()
    }

    @Test func linesAreTakenToo() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "lines")
            let body = (0..<10_000).map { #"{"type":"t","payload":\#($0)}"# }.joined(separator: "\n")
            let answer = try await session.post("/jobs/batch", body, headers: ndjson)
            #expect(answer.status == .created, "\(answer.text.prefix(500))")
            let ids = try #require(try answer.json()["ids"]?.array).compactMap(\.string)
            #expect(Set(ids).count == 10_000)
            let last = try await session.get("/jobs/\(try #require(ids.last))").json()
            #expect(last["payload"]?.int == 9_999)
            #expect(last["state"]?.string == "queued")
        }
    }

    @Test func oneBadJobStoresNoneAndIsNamed() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "bad-batch")
            var jobs = (0..<30).map { _ in #"{"type":"t"}"# }
            jobs[17] = #"{"type":"t","priority":"urgent"}"#
            jobs[23] = #"{"typ":"t","retry":{"base":-1}}"#
            let answer = try await session.post("/jobs/batch", "[\(jobs.joined(separator: ","))]")
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(
                try Set(answer.fieldErrors().keys) == [
                    "jobs[17].priority", "jobs[23].typ", "jobs[23].type", "jobs[23].retry.base",
                ]
            )
            #expect(try await session.get("/jobs").json()["jobs"]?.array?.isEmpty == true)
        }
    }

    @Test func noMoreErrorsAreListedThanAnybodyReads() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "bad-batch")
            let body = (0..<100).map { _ in #"{"type":" ","priority":1}"# }.joined(separator: "\n")
            let answer = try await session.post("/jobs/batch", body, headers: ndjson)
            #expect(try answer.fieldErrors().count == 20)
        }
    }

    @Test(arguments: [
        ("[]", "jobs"), (String(repeating: "{\"type\":\"t\"}\n", count: 10_001), "jobs"),
    ])
    func thereAreOneToTenThousand(_ body: String, field: String) async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "counts")
            let answer = try await session.post("/jobs/batch", body, headers: body.hasPrefix("[") ? [:] : ndjson)
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(try Array(answer.fieldErrors().keys) == [field])
        }
    }

    @Test(arguments: [#"[{"type":"t"},{"type":]"#, "{}", "[1]", #"[{"type":"t"},]"#, #"[{"type":"a" "b"}]"#])
    func whatIsNoJSONIsRefused(_ body: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "malformed").post("/jobs/batch", body)
            try answer.expectProblem("malformed-json", .badRequest)
        }
    }

    @Test func anIdempotencyKeyAndOtherTypesAreRefused() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "headers")
            let key: HTTPFields = [HTTPField.Name("Idempotency-Key")!: "k"]
            let keyed = try await session.post("/jobs/batch", #"[{"type":"t"}]"#, headers: key)
            #expect(try Array(keyed.fieldErrors().keys) == ["Idempotency-Key"])
            let typed = try await session.post("/jobs/batch", "x", headers: [.contentType: "text/csv"])
            try typed.expectProblem("unsupported-media-type", .unsupportedMediaType)
            #expect(typed.headers[.accept] == "application/json, application/x-ndjson")
            try await session.get("/jobs/batch").expectProblem("method-not-allowed", .methodNotAllowed)
            #expect(try await session.get("/jobs/batch").headers[.allow] == "OPTIONS, POST")
        }
    }

    @Test func aBatchIsRefusedWhenItsQueueHasNoRoom() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database(), maxQueueDepth: 5)
        try await platform.serve { api in
            let session = try await api.session(tenant: "full")
            let jobs = (0..<6).map { _ in #"{"type":"t"}"# }
            let answer = try await session.post("/jobs/batch", "[\(jobs.joined(separator: ","))]")
            try answer.expectProblem("queue-full", .serviceUnavailable)
            #expect(try await platform.stores.jobs.counts(of: nil).submitted == 0)
        }
        await platform.close()
    }
}

extension TestAnswer {
    /// The members of a job without those in which two jobs always differ.
    fileprivate func membersButTimes() throws -> NSDictionary {
        let object = try JSONSerialization.jsonObject(with: Data(bytes))
        let members = try #require(object as? [String: Any])
        let differing = ["id", "created_at", "queued_at", "execute_at"]
        return members.filter { !differing.contains($0.key) } as NSDictionary
    }
}
