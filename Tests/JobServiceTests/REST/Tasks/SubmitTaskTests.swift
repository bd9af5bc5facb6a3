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
            let repeated = try await session.post("/tasks/submit", body, headers: key)
            #expect(repeated.status == .ok)
            #expect(try repeated.string("task_id") == id)
            let other = try await session.post("/tasks/submit", #"{"data":2}"#, headers: key)
            try other.expectProblem("idempotency-key-reused", .unprocessableContent)
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
