import HTTPTypes
import JobCore
import Testing

@testable import Formats

@Suite(.timeLimit(.minutes(1)))
struct CreateJobRefusalTests {
    /// Bodies with one thing wrong, and the field that must be named.
    static let wrongFields: [(body: String, field: String)] = [
        (#"{}"#, "type"),
        (#"{"type":null,"queue":null}"#, "type"),
        (#"{"type":""}"#, "type"),
        (#"{"type":"has space"}"#, "type"),
        (#"{"type":".."}"#, "type"),
        (#"{"type":"t","queue":"."}"#, "queue"),
        (#"{"type":5}"#, "type"),
        (#"{"type":"t","queue":"ü"}"#, "queue"),
        (#"{"queue_name":"a b"}"#, "queue_name"),
        (#"{"type":"t","priority":"urgent"}"#, "priority"),
        (#"{"type":"t","priority":1}"#, "priority"),
        (#"{"type":"t","execute_at":"2030-01-01T00:00:00"}"#, "execute_at"),
        (#"{"type":"t","execute_at":"2030-02-30T00:00:00Z"}"#, "execute_at"),
        (#"{"type":"t","execute_at":1893456000}"#, "execute_at"),
        (#"{"type":"t","execute_at":"2999-01-01T00:00:00Z"}"#, "execute_at"),
        (#"{"type":"t","delay":-1}"#, "delay"),
        (#"{"type":"t","delay":31536001}"#, "delay"),
        (#"{"type":"t","delay":"5"}"#, "delay"),
        (#"{"type":"t","max_attempts":0}"#, "max_attempts"),
        (#"{"type":"t","max_attempts":101}"#, "max_attempts"),
        (#"{"type":"t","max_attempts":1.5}"#, "max_attempts"),
        (#"{"type":"t","timeout":0}"#, "timeout"),
        (#"{"type":"t","timeout":86401}"#, "timeout"),
        (#"{"type":"t","retry":"often"}"#, "retry"),
        (#"{"type":"t","retry":{"strategy":"random"}}"#, "retry.strategy"),
        (#"{"type":"t","retry":{"base":-1}}"#, "retry.base"),
        (#"{"type":"t","retry":{"factor":0.5}}"#, "retry.factor"),
        (#"{"type":"t","retry":{"max_delay":1e9}}"#, "retry.max_delay"),
        (#"{"type":"t","retry":{"jitter":"yes"}}"#, "retry.jitter"),
        (#"{"type":"t","retry":{"bse":1}}"#, "retry.bse"),
        (#"{"type":"t","tags":"a"}"#, "tags"),
        (#"{"type":"t","tags":["ok",""]}"#, "tags[1]"),
        (#"{"type":"t","tags":[7]}"#, "tags[0]"),
        (#"{"type":"t","tags":["tab\there"]}"#, "tags[0]"),
        (#"{"type":"t","tags":["\u0085"]}"#, "tags[0]"),
        ("{\"type\":\"t\",\"tags\":[\"\(String(repeating: "x", count: 101))\"]}", "tags[0]"),
        ("{\"type\":\"t\",\"tags\":[\(Array(repeating: "\"x\"", count: 21).joined(separator: ","))]}", "tags"),
        (#"{"type":"t","whatever":1}"#, "whatever"),
    ]

    @Test func eachWrongFieldIsNamed() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "refusals")
            for (body, field) in Self.wrongFields {
                let answer = try await session.post("/jobs", body)
                try answer.expectProblem("validation-failed", .unprocessableContent)
                #expect(try Array(answer.fieldErrors().keys) == [field], "\(body)")
            }
            #expect(try await session.get("/jobs").json()["jobs"]?.array?.isEmpty == true)
        }
    }

    @Test func allWrongFieldsAreToldAtOnce() async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "refusals").post(
                "/jobs",
                #"{"queue":"a","queue_name":"b","execute_at":"2030-01-01T00:00:00Z","delay":1,"max_attempts":0,"tags":[1,2],"prioritty":1}"#
            )
            let fields = try Set(answer.fieldErrors().keys)
            #expect(
                fields == [
                    "queue", "queue_name", "execute_at", "delay", "max_attempts", "tags[0]", "tags[1]", "prioritty",
                ]
            )
        }
    }

    @Test(arguments: [
        (#""max_attempts":"3""#, "max_attempts", #"must be a whole number from 1 to 100, got "3""#),
        (#""max_attempts":101"#, "max_attempts", "must be a whole number from 1 to 100, got 101"),
        (#""retry":[1,2]"#, "retry", "must be an object, got an array of 2"),
        (#""retry":{"jitter":"true"}"#, "retry.jitter", #"must be true or false, got "true""#),
        (#""tags":{}"#, "tags", "must be an array of at most 20 strings, got an object"),
        (#""queue":7"#, "queue", "must be a string, got 7"),
        (
            #""priority":"urgent""#, "priority",
            "must be one of critical, high, normal, low, got a string of 6 characters"
        ),
    ])
    func whatWasGivenIsTold(_ member: String, field: String, detail: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "refusals").post("/jobs", "{\"type\":\"t\",\(member)}")
            #expect(try answer.fieldErrors() == [field: detail])
        }
    }

    @Test(arguments: [
        ("/jobs", "application/json", #"{"type":"t"}"#), ("/login", "application/json", "{}"),
        ("/jobs/batch", "application/json", #"[{"type":"t"}]"#),
        ("/jobs/batch", "application/x-ndjson", #"{"type":"t"}"#),
    ])
    func aByteOrderMarkIsNamed(_ path: String, type: String, body: String) async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "refusals")
            let answer = try await session.post(path, "\u{FEFF}" + body, headers: [.contentType: type])
            try answer.expectProblem("malformed-json", .badRequest)
            #expect(try answer.string("detail")?.contains("a byte order mark (EF BB BF)") == true, "\(answer.text)")
        }
    }

    @Test(arguments: [
        ("prioritty", "priority"), ("maxAttempts", "max_attempts"), ("Type", "type"), ("executeAt", "execute_at"),
    ])
    func aMisspeltNameGetsAHint(_ name: String, meant: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "refusals").post("/jobs", "{\"queue\":\"q\",\"\(name)\":1}")
            #expect(try answer.fieldErrors()[name] == "is not known; did you mean '\(meant)'?")
        }
    }

    @Test func aFloodOfUnknownNamesIsCutOff() async throws {
        let members = (0..<40_000).map { "\"unknown\($0)\":0" }.joined(separator: ",")
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "refusals").post("/jobs", "{\(members)}")
            #expect(try answer.json()["errors"]?.array?.count == 50)
        }
    }

    @Test func aPayloadCanBeTooLarge() async throws {
        let payload = "\"" + String(repeating: "x", count: NewJob.maxPayloadBytes - 1) + "\""
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "refusals")
                .post("/jobs", #"{"type":"t","payload":\#(payload)}"#)
            try answer.expectProblem("content-too-large", .contentTooLarge)
            #expect(try Array(answer.fieldErrors().keys) == ["payload"])
        }
    }

    @Test func aBodyCanBeTooLarge() async throws {
        let body = "{\"type\":\"t\"" + String(repeating: " ", count: 1_200_000) + "}"
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "refusals")
            let answer = try await session.post("/jobs", body)
            try answer.expectProblem("content-too-large", .contentTooLarge)
            // The connection is still good.
            #expect(try await session.get("/healthz").status == .ok)
        }
    }

    @Test func malformedJSONIsShownItsPlace() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "refusals")
            let answer = try await session.post("/jobs", "{\"type\": \"t\",\n \"queue\": tru}")
            try answer.expectProblem("malformed-json", .badRequest)
            #expect(try answer.string("detail")?.contains("line 2, column 11") == true, "\(answer.text)")
            for body in ["", "[]", "{", #"{"type":"t"} x"#, #"{"type":"t","type":"u"}"#, #"{"type":"\ud800"}"#] {
                try await session.post("/jobs", body).expectProblem("malformed-json", .badRequest)
            }
        }
    }

    @Test func onlyJSONIsRead() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "refusals")
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"] {
                let answer = try await session.post("/jobs", #"{"type":"t"}"#, headers: [.contentType: type])
                try answer.expectProblem("unsupported-media-type", .unsupportedMediaType)
                #expect(answer.headers[.accept] == "application/json")
            }
            let packed = try await session.post("/jobs", "x", headers: [.contentEncoding: "gzip"])
            try packed.expectProblem("unsupported-media-type", .unsupportedMediaType)
        }
    }
}
