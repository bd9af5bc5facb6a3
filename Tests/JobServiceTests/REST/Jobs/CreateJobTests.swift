import Formats
import Foundation
import HTTPTypes
import JobCore
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1)))
struct CreateJobTests {
    @Test func theLeastIsEnough() async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "least").post("/jobs", #"{"type":"email.send"}"#)
            #expect(answer.status == .created, "\(answer.text)")
            let job = try answer.json()
            let id = try #require(job["id"]?.string.flatMap { JobID($0) })
            #expect(answer.headers[.location] == "/jobs/\(id)")
            #expect(answer.headers[.contentType] == "application/json")
            #expect(job["state"]?.string == "queued")
            #expect(job["status"]?.string == "queued")
            #expect(job["type"]?.string == "email.send")
            #expect(job["queue"]?.string == "default")
            #expect(job["tenant"]?.string == "least")
            #expect(job["priority"]?.string == "normal")
            #expect(job["payload"].map { Array($0.rawBytes) } == Array("{}".utf8))
            #expect(job["attempt"]?.int == 0)
            #expect(job["max_attempts"]?.int == 5)
            #expect(job["run"]?.int == 0)
            #expect(job["tags"]?.array?.isEmpty == true)
            #expect(job["created_at"]?.string == job["queued_at"]?.string)
            let nulls = [
                "execute_at", "started_at", "finished_at", "worker_id", "error", "result", "reason",
                "cancel_requested_at", "retry", "timeout", "progress", "parent_id", "trace_id", "unhandled",
            ]
            #expect(job.members.filter(\.value.isNull).map(\.name) == nulls)
            #expect(
                job.members.map(\.name) == [
                    "id", "state", "status", "type", "queue", "tenant", "priority", "payload", "attempt",
                    "max_attempts", "run",
                    "tags", "created_at", "execute_at", "queued_at", "started_at", "finished_at", "worker_id", "error",
                    "result", "reason", "cancel_requested_at", "retry", "timeout", "progress", "parent_id", "trace_id",
                    "unhandled",
                ]
            )
        }
    }

    @Test func everythingIsKept() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "everything")
            let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let body = """
                {"type":"report.generate","queue":"reports","payload":[1,"two",null],"priority":"critical",
                 "execute_at":"2031-05-06T09:30:00.25+02:00","max_attempts":7,"timeout":1.5,"tags":["a","ü b"],
                 "retry":{"strategy":"linear","base":0.5,"factor":3,"max_delay":60,"jitter":false}}
                """
            let created = try await session.post("/jobs", body, headers: [HTTPField.Name("traceparent")!: traceparent])
            #expect(created.status == .created, "\(created.text)")
            let shown = try await session.get(try #require(created.headers[.location]))
            #expect(shown.status == .ok)
            for job in [try created.json(), try shown.json()] {
                #expect(job["state"]?.string == "scheduled")
                #expect(job["queue"]?.string == "reports")
                #expect(job["priority"]?.string == "critical")
                #expect(job["payload"].map { String(decoding: $0.rawBytes, as: UTF8.self) } == #"[1,"two",null]"#)
                #expect(job["execute_at"]?.string == "2031-05-06T07:30:00.250000Z")
                #expect(job["queued_at"]?.isNull == true)
                #expect(job["max_attempts"]?.int == 7)
                #expect(job["timeout"]?.double == 1.5)
                #expect(job["tags"]?.array?.compactMap(\.string) == ["a", "ü b"])
                let retry = try #require(try job["retry"]?.object)
                #expect(retry["strategy"]?.string == "linear")
                #expect(retry["base"]?.double == 0.5)
                #expect(retry["factor"]?.double == 3)
                #expect(retry["max_delay"]?.double == 60)
                #expect(retry["jitter"]?.bool == false)
            }
            let (first, second) = (try created.json(), try shown.json())
            #expect(first.members.map(\.name) == second.members.map(\.name))
            for name in first.members.map(\.name) where name != "retry" {
                #expect(first[name]?.rawBytes == second[name]?.rawBytes, "\(name)")
            }
            let trace = try await api.platform.trace(of: try #require(first["id"]?.string))
            #expect(trace == traceparent)
            #expect(first["trace_id"]?.string == String(traceparent.dropFirst(3).prefix(32)))
        }
    }

    /// Numbers no Double can hold, the order of members, escapes, white space: none of it is the API's to change.
    @Test func thePayloadSurvivesToTheByte() async throws {
        let payload =
            #"{ "z": 123456789012345678901234567890.5e-7,"a":[ 1.0, 1e5 ,-0 ],"u":"\u00e9\/é","z2":{"b":1,"a":2} }"#
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "bytes")
            let created = try await session.post("/jobs", #"{"payload": \#(payload)  ,"queue":"q"}"#)
            let shown = try await session.get(try #require(created.headers[.location]))
            let listed = try await session.get("/jobs")
            for answer in [created, shown, listed] {
                #expect(answer.text.contains(#""payload":\#(payload),"attempt""#), "\(answer.text)")
            }
        }
    }

    @Test(arguments: ["null", "1e999", #""text""#, "[]", "true"])
    func aPayloadIsAnyJSON(_ payload: String) async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "any-json")
            let created = try await session.post("/jobs", #"{"type":"t","payload":\#(payload)}"#)
            let shown = try await session.get(try #require(created.headers[.location], "\(created.text)"))
            #expect(try shown.json()["payload"].map { String(decoding: $0.rawBytes, as: UTF8.self) } == payload)
        }
    }

    @Test func theLargestPayloadIsTaken() async throws {
        let payload = "\"" + String(repeating: "x", count: NewJob.maxPayloadBytes - 2) + "\""
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "largest")
            let created = try await session.post("/jobs", #"{"type":"t","payload":\#(payload)}"#)
            #expect(created.status == .created)
            let shown = try await session.get(try #require(created.headers[.location]))
            #expect(try shown.json()["payload"]?.rawBytes.count == NewJob.maxPayloadBytes)
        }
    }

    @Test func queueNameIsTheQueueAndGivesTheType() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "aliases")
            for body in [#"{"queue_name":"mail"}"#, #"{"queue":"mail"}"#, #"{"queue":"mail","queue_name":"mail"}"#] {
                let answer = try await session.post("/jobs", body)
                #expect(try answer.string("queue") == "mail", "\(answer.text)")
                #expect(try answer.string("type") == "mail")
            }
        }
    }

    @Test func aDelayIsCountedFromNow() async throws {
        try await TestPlatform.shared().serve { api in
            let before = Date()
            let answer = try await api.session(tenant: "delays").post("/jobs", #"{"type":"t","delay":3600.5}"#)
            #expect(try answer.string("state") == "scheduled")
            let due = try #require(try answer.string("execute_at").flatMap { RFC3339.date($0) })
            let range = before.addingTimeInterval(3600.4)...Date().addingTimeInterval(3600.6)
            #expect(range.contains(due))
        }
    }

    @Test(arguments: [#""execute_at":"2001-01-01T00:00:00Z""#, #""delay":0"#, #""delay":null"#])
    func whatIsDueRunsNow(_ member: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "due").post("/jobs", "{\"type\":\"t\",\(member)}")
            #expect(try answer.string("state") == "queued", "\(answer.text)")
            #expect(try answer.json()["execute_at"]?.isNull == true)
        }
    }

    @Test(arguments: ["application/json; charset=utf-8", "application/vnd.queueflow+json", "APPLICATION/JSON"])
    func jsonGoesByManyNames(_ type: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "types")
                .post("/jobs", #"{"type":"t"}"#, headers: [.contentType: type])
            #expect(answer.status == .created)
        }
    }

    @Test func aMalformedTraceparentIsNoReasonToRefuse() async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "traces")
                .post("/jobs", #"{"type":"t"}"#, headers: [HTTPField.Name("traceparent")!: "00-zz-1-01"])
            #expect(answer.status == .created)
            #expect(try await api.platform.trace(of: try #require(try answer.string("id"))) == nil)
        }
    }
}
