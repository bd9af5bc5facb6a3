import Formats
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import JobService
@testable import JobStore

/// Every call that makes or widens a credential, by keys of every kind. `admin:write` alone leads to nothing but itself.
@Suite(.timeLimit(.minutes(1)))
struct GrantRouteTests {
    private static let password = "a fine long phrase"
    private let json: HTTPFields = [.contentType: "application/json"]

    /// What a key tries.
    private struct Attempt {
        var method: HTTPRequest.Method
        var path: String
        var body: String
    }

    private func key(_ maker: TestSession, _ body: String) async throws -> TestSession {
        let answer = try await maker.post("/api-keys", body)
        let secret = try #require(try answer.string("key"), "\(answer.text)")
        return TestSession(api: maker.api, headers: [HTTPField.Name("X-API-Key")!: secret])
    }

    private func account(_ maker: TestSession, _ name: String, _ role: String) async throws -> String {
        // A maker that is confined may not; the tenant is there by then.
        _ = try await maker.post("/tenants", #"{"name":"grants"}"#)
        let body = #"{"username":"\#(name)","password":"\#(Self.password)","role":"\#(role)","tenant":"grants"}"#
        return try #require(try await maker.post("/users", body).string("id"))
    }

    /// All that would give more than `admin:write`: keys and accounts of each role, confined or not, in any tenant, and taking over accounts.
    private func attempts(_ user: String, _ admin: String, _ disabled: String) -> [Attempt] {
        var all: [Attempt] = []
        for tenant in ["default", "grants"] {
            for role in ["ADMIN", "USER", "WORKER"] {
                let keyScopes = [
                    "", #","scopes":["jobs:read"]"#, #","scopes":["admin:read","admin:write"]"#,
                    #","expires_at":"2999-01-01T00:00:00Z""#,
                ]
                for scopes in keyScopes {
                    all.append(
                        Attempt(
                            method: .post,
                            path: "/api-keys",
                            body: #"{"name":"k","tenant":"\#(tenant)","role":"\#(role)"\#(scopes)}"#
                        )
                    )
                }
                let name = "grant-\(tenant)-\(role)".lowercased()
                all.append(
                    Attempt(
                        method: .post,
                        path: "/users",
                        body:
                            #"{"username":"\#(name)","password":"\#(Self.password)","role":"\#(role)","tenant":"\#(tenant)"}"#
                    )
                )
            }
        }
        let changes = [
            #"{"password":"another fine phrase"}"#, #"{"role":"ADMIN"}"#, #"{"role":"USER"}"#, #"{"role":"WORKER"}"#,
            #"{"role":"ADMIN","password":"another fine phrase"}"#,
            #"{"disabled":true,"password":"another fine phrase"}"#, #"{"disabled":false}"#,
        ]
        for id in [user, admin, disabled] {
            for body in changes { all.append(Attempt(method: .patch, path: "/users/\(id)", body: body)) }
        }
        return all
    }

    @Test func writeAccessAloneLeadsToNothingButItself() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let root = try await api.session(.admin, tenant: "default")
            let (user, admin) = (try await account(root, "g-user", "USER"), try await account(root, "g-admin", "ADMIN"))
            let disabled = try await account(root, "g-out", "USER")
            _ = try await root.send(.patch, "/users/\(disabled)", #"{"disabled":true}"#, json)
            let writer = try await key(root, #"{"name":"w","role":"ADMIN","scopes":["admin:write"]}"#)
            for attempt in attempts(user, admin, disabled) {
                let answer = try await writer.send(attempt.method, attempt.path, attempt.body, json)
                #expect(answer.status == .forbidden, "\(attempt): \(answer.text)")
                try answer.expectProblem("grant-too-wide", .forbidden)
            }
            // What it has it may give, and what takes away takes no more.
            let same = try await key(
                writer,
                #"{"name":"w2","role":"ADMIN","scopes":["admin:write"],"tenant":"grants"}"#
            )
            #expect(try await same.send(.patch, "/users/\(user)", #"{"disabled":true}"#, json).status == .ok)
            #expect(try await same.send(.delete, "/users/\(user)").status == .noContent)
            // All of it can be done, so it was not refused for another reason.
            for attempt in attempts(admin, admin, disabled) {
                let answer = try await root.send(attempt.method, attempt.path, attempt.body, json)
                #expect(answer.status.kind == .successful, "\(attempt): \(answer.text)")
            }
        }
        await platform.close()
    }

    @Test func aKeyThatEndsGivesNothingThatDoesNot() async throws {
        try await TestPlatform.shared().serve { api in
            let root = try await api.session(.admin, tenant: "default")
            let end = RFC3339.string(Date(timeIntervalSinceNow: 3_600))
            let brief = try await key(root, #"{"name":"b","role":"ADMIN","expires_at":"\#(end)"}"#)
            let user = try await account(root, "g-brief", "USER")
            let sooner = RFC3339.string(Date(timeIntervalSinceNow: 1_800))
            _ = try await key(brief, #"{"name":"ok","expires_at":"\#(sooner)"}"#)
            let later = RFC3339.string(Date(timeIntervalSinceNow: 7_200))
            for (method, path, body) in [
                (HTTPRequest.Method.post, "/api-keys", #"{"name":"k"}"#),
                (.post, "/api-keys", #"{"name":"k","expires_at":"\#(later)"}"#),
                (.post, "/users", #"{"username":"g-new","password":"\#(Self.password)"}"#),
                (.patch, "/users/\(user)", #"{"password":"\#(Self.password)"}"#),
            ] {
                let answer = try await brief.send(method, path, body, json)
                try answer.expectProblem("grant-too-wide", .forbidden)
                #expect(try answer.string("detail")?.contains(end) == true, "\(answer.text)")
            }
        }
    }

    /// Routes that may give credentials are few and known: a new one has to be looked at, and added here.
    @Test func noOtherCallMakesCredentials() {
        let mutating = AccessTable.rules.filter { $0.method != .get }.map { "\($0.method) \($0.path)" }
        let giving: Set = ["POST /login", "POST /token/refresh", "POST /users", "PATCH /users/{id}", "POST /api-keys"]
        let taking: Set = ["POST /logout", "DELETE /users/{id}", "DELETE /api-keys/{id}"]
        let others = Set(mutating).subtracting(giving).subtracting(taking)
        #expect(
            others.allSatisfy { call in
                [
                    "/jobs", "/tasks/submit", "/schedules", "/dead-letters", "/queues", "/tenants", "/operations",
                    "/workers",
                ].contains {
                    call.contains(" \($0)")
                }
            },
            "\(others)"
        )
    }
}
