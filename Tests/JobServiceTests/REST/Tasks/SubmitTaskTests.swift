import HTTPTypes
import Testing

@testable import Formats

@Suite(.timeLimit(.minutes(1)))
struct SubmitTaskTests {
    @Test func aTaskIsAJobWithItsBodyAsPayload() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "tasks")
            let key: HTTPFields = [HTTPField.Name("Idempotency-Key")!: "one"]
            let body = #"{"data": {"n": 1.50}}"#
            let answer = try await session.post("/tasks/submit", body, headers: key)
            #expect(answer.status == .created, "\(answer.text)")
            #expect(try answer.string("status") == "submitted")
            let id = try #require(try answer.string("task_id"))
            #expect(answer.headers[.location] == "/jobs/\(id)")
            let job = try await session.get("/jobs/\(id)").json()
            #expect(job["type"]?.string == "heavy.task")
            #expect(job["payload"].map { String(decoding: $0.rawBytes, as: UTF8.self) } == body)
            let replayed = try #require(HTTPField.Name("Idempotent-Replayed"))
            #expect(answer.headers[replayed] == nil)
            for same in [body, #"{"d\u0061ta":{"n":1.50}}"#] {
                let repeated = try await session.post("/tasks/submit", same, headers: key)
                #expect(repeated.status == .ok, "\(same): \(repeated.text)")
                #expect(repeated.headers[replayed] == "true")
                #expect(repeated.headers[.location] == "/jobs/\(id)")
                #expect(try repeated.string("task_id") == id)
            }
            // Numbers count as they are written, since handlers are given them so.
            for other in [#"{"data":2}"#, #"{"data":{"n":1.5}}"#] {
                try await session.post("/tasks/submit", other, headers: key)
                    .expectProblem("idempotency-key-reused", .unprocessableContent)
            }
        }
    }

    @Test func theOrderOfMembersDoesNotCount() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "task-order")
            let key: HTTPFields = [HTTPField.Name("Idempotency-Key")!: "order"]
            let first = try await session.post("/tasks/submit", #"{"data":{"a":1,"b":[2,3]}}"#, headers: key)
            let second = try await session.post("/tasks/submit", #"{ "data": {"b": [2, 3], "a": 1} }"#, headers: key)
            #expect(first.status == .created && second.status == .ok)
            #expect(try first.string("task_id") == second.string("task_id"))
        }
    }

    @Test(arguments: [("{}", "data"), (#"{"date":1,"data":1}"#, "date")])
    func whatIsWrongIsNamed(_ body: String, field: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "tasks").post("/tasks/submit", body)
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(try Array(answer.fieldErrors().keys) == [field])
        }
    }
}
