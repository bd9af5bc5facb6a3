import HTTPTypes
import Testing

@testable import Formats
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct AdministrationTests {
    private let json: HTTPFields = [.contentType: "application/json"]

    @Test func accountsAreMadeListedChangedAndRemoved() async throws {
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "root")
            var ids: [String] = []
            try await admin.makeTenant("crud")
            for index in 0..<3 {
                let body = #"{"username":"crud-\#(index)","password":"a fine long phrase","tenant":"crud"}"#
                let answer = try await admin.post("/users", body)
                #expect(answer.status == .created)
                ids.append(try #require(try answer.string("id")))
                #expect(answer.headers[.location] == "/users/\(ids[index])")
                #expect(!answer.text.contains("fine long") && !answer.text.contains("scrypt"))
            }
            let page = try await admin.get("/users?tenant=crud&limit=2").json()
            #expect(try page["users"]?.array?.compactMap { try $0.object?["id"]?.string } == [ids[2], ids[1]])
            let cursor = try #require(page["next_cursor"]?.string)
            let rest = try await admin.get("/users?tenant=crud&limit=2&cursor=\(cursor)").json()
            #expect(try rest["users"]?.array?.compactMap { try $0.object?["id"]?.string } == [ids[0]])
            #expect(rest["next_cursor"]?.isNull == true)
            let changed = try await admin.send(.patch, "/users/\(ids[0])", #"{"role":"WORKER"}"#, json)
            #expect(try changed.string("role") == "WORKER")
            #expect(try await admin.get("/users/\(ids[0])").string("role") == "WORKER")
            #expect(try await admin.send(.delete, "/users/\(ids[0])").status == .noContent)
            for answer in [
                try await admin.get("/users/\(ids[0])"), try await admin.send(.delete, "/users/\(ids[0])"),
                try await admin.send(.patch, "/users/\(ids[0])", #"{"disabled":true}"#, json),
                try await admin.get("/users/x"),
            ] {
                try answer.expectProblem("not-found", .notFound)
            }
            let log = try await admin.get("/audit-log?actor=somebody&limit=500").json()
            let actions = try #require(log["records"]?.array).compactMap { record -> String? in
                let object = try record.object
                return object?["target"]?.string == ids[0] ? object?["action"]?.string : nil
            }
            #expect(actions == ["users.delete", "users.update", "users.create"])
        }
    }

    @Test func whatIsWrongIsNamed() async throws {
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "root")
            let bad = try await admin.post(
                "/users",
                #"{"username":"a b","password":"password1234","role":"BOSS","tenant":"a.b","pasword":1}"#
            )
            try bad.expectProblem("validation-failed", .unprocessableContent)
            #expect(try Set(bad.fieldErrors().keys) == ["username", "password", "role", "tenant", "pasword"])
            let empty = try await admin.post("/users", "{}")
            #expect(try Set(empty.fieldErrors().keys) == ["username", "password"])
            let key = try await admin.post(
                "/api-keys",
                #"{"name":"","scopes":["everything"],"expires_at":"2020-01-01T00:00:00Z"}"#
            )
            #expect(try Set(key.fieldErrors().keys) == ["name", "scopes", "expires_at"])
            let log = try await admin.get("/audit-log?limit=0&cursor=x&actor=%00")
            #expect(try Set(log.fieldErrors().keys) == ["limit", "cursor", "actor"])
            let body = #"{"username":"taken","password":"a fine long phrase"}"#
            #expect(try await admin.post("/users", body).status == .created)
            try await admin.post("/users", body).expectProblem("username-taken", .conflict)
        }
    }

    @Test func anAdministratorCannotShutItselfOut() async throws {
        try await TestPlatform.shared().serve { api in
            let (session, _) = try await api.login("admin", TestPlatform.adminPassword)
            let users = try #require(try await session.get("/users?limit=500").json()["users"]?.array)
            let own = try #require(try users.compactMap { try $0.object }.first { $0["username"]?.string == "admin" })
            let id = try #require(own["id"]?.string)
            for body in [#"{"disabled":true}"#, #"{"role":"USER"}"#] {
                try await session.send(.patch, "/users/\(id)", body, json).expectProblem("own-account", .conflict)
            }
            try await session.send(.delete, "/users/\(id)").expectProblem("own-account", .conflict)
            #expect(try await session.get("/me").status == .ok)
        }
    }
}
