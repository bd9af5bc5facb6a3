import HTTPTypes
import Testing

@testable import Formats

@Suite(.timeLimit(.minutes(1)))
struct LoginTests {
    private static let credentials = #"{"username":"admin","password":"\#(TestPlatform.adminPassword)"}"#

    @Test func theAdministratorGetsATokenThatWorks() async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.anonymous.post("/login", Self.credentials)
            #expect(answer.status == .ok)
            #expect(answer.headers[.cacheControl] == "no-store")
            let grant = try answer.json()
            #expect(grant.members.map(\.name) == ["access_token", "token_type", "expires_in", "refresh_token"])
            #expect(grant["token_type"]?.string == "Bearer")
            #expect(grant["expires_in"]?.int == 900)
            let token = try #require(grant["access_token"]?.string)
            for scheme in ["Bearer", "bearer", "BEARER "] {
                let session = TestSession(api: api, headers: [.authorization: "\(scheme) \(token)"])
                #expect(try await session.get("/jobs?limit=1").status == .ok, "\(scheme)")
            }
        }
    }

    @Test(arguments: [
        ("admin", "wrong"), ("nobody", TestPlatform.adminPassword), ("", ""), ("Admin", TestPlatform.adminPassword),
        ("admin", TestPlatform.adminPassword + " "),
    ])
    func othersDoNot(_ username: String, password: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.anonymous
                .post("/login", #"{"username":"\#(username)","password":"\#(password)"}"#)
            try answer.expectProblem("invalid-credentials", .unauthorized)
            #expect(answer.headers[.wwwAuthenticate] == #"Bearer realm="queueflow""#)
        }
    }

    @Test func whatIsMissingIsNamed() async throws {
        try await TestPlatform.shared().serve { api in
            let empty = try await api.anonymous.post("/login", "{}")
            #expect(try Set(empty.fieldErrors().keys) == ["username", "password"])
            let numbers = try await api.anonymous.post("/login", #"{"username":1,"password":"x","passwort":2}"#)
            #expect(try Set(numbers.fieldErrors().keys) == ["username", "passwort"])
        }
    }

    @Test func secretsDoNotReachTheLog() async throws {
        try await TestPlatform.shared().serve { api in
            let token = try #require(try await api.anonymous.post("/login", Self.credentials).string("access_token"))
            _ = try await api.anonymous.post("/login", #"{"username":"admin","password":"guessed-password"}"#)
            let session = TestSession(api: api, headers: [.authorization: "Bearer \(token)"])
            _ = try await session.post("/jobs", #"{"type":"t","payload":"confidential"}"#)
            let lines = api.platform.log.lines.map { "\($0.message) \($0.metadata)" }
            #expect(lines.contains { $0.contains("/login") })
            for secret in [TestPlatform.adminPassword, "guessed-password", token, TestPlatform.secret, "confidential"] {
                #expect(!lines.contains { $0.contains(secret) })
            }
        }
    }
}
