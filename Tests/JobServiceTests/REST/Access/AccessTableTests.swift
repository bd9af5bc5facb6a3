import HTTPTypes
import Hummingbird
import TestSupport
import Testing

@testable import Formats
@testable import JobCore
@testable import JobService
@testable import JobStore

/// Every route, with the credentials of every role, of its own and of another tenant, and with none.
@Suite(.timeLimit(.minutes(2)))
struct AccessTableTests {
    /// What of a path's pattern stands for an id of something that another tenant has, or nobody.
    private static func uri(_ rule: AccessRule, id: String) -> String {
        rule.path.replacing(/\{[a-z]+\}/, with: id)
    }

    private func expectation(_ rule: AccessRule, _ role: Role?) -> HTTPResponse.Status? {
        guard case .roles(let roles, _) = rule.access else { return nil }
        guard let role else { return .unauthorized }
        return roles.contains(role) ? nil : .forbidden
    }

    @Test func everyRouteLetsInWhomTheTableSays() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let owner = try await api.session(tenant: "owner")
            let job = try #require(try await owner.post("/jobs", #"{"type":"t","delay":60}"#).string("id"))
            for rule in AccessTable.rules {
                for role in [Role?.none] + Role.allCases.map(Optional.some) {
                    // An administrator may touch anybody's job, so it gets nobody's.
                    let uri = Self.uri(rule, id: role == .admin ? "\(JobID.make())" : job)
                    let session =
                        if let role { try await api.session(role, tenant: "stranger") } else { api.anonymous }
                    // The answer to GET has no end.
                    let method = rule.path == "/events" ? .head : rule.method
                    let body = rule.method == .patch ? #"{"priority":"low"}"# : nil
                    let answer = try await session.send(method, uri, body)
                    let what = "\(rule.method) \(rule.path) as \(role?.rawValue ?? "nobody"): \(answer.text)"
                    if let expected = expectation(rule, role) {
                        #expect(answer.status == expected, "\(what)")
                    } else {
                        #expect(![401, 403].contains(answer.status.code) || rule.access == .anyone, "\(what)")
                        #expect(answer.status.code < 500, "\(what)")
                    }
                    // Whoever is not of the tenant, nor an administrator, finds nothing of its jobs: not even that they exist.
                    if role == .user, rule.path.hasPrefix("/jobs/{id}") {
                        try answer.expectProblem("not-found", .notFound)
                        let nothing = try await session.send(rule.method, Self.uri(rule, id: "\(JobID.make())"), body)
                        #expect(try nothing.string("detail") == answer.string("detail"))
                    }
                }
            }
            #expect(try await owner.get("/jobs/\(job)").string("state") == "scheduled", "nobody has touched it")
            let all = try await api.session(tenant: "stranger").get("/jobs").json()
            #expect(all["jobs"]?.array?.isEmpty == true)
        }
        await platform.close()
    }

    @Test func theTableHasEachRouteOnceAndNoOther() async throws {
        let platform = try await TestPlatform.shared()
        let api = try platform.service().api
        let keys = AccessTable.rules.map { "\($0.method) \($0.path)" }
        #expect(Set(keys).count == keys.count)
        let routes = api.routes.filter { $0.method != .head }.map { "\($0.method) \($0.path.description)" }
        #expect(Set(routes) == Set(keys))
    }

    @Test func aRouteWithoutARuleKeepsTheServiceFromStarting() throws {
        let router = Router(context: RESTContext.self)
        router.get("/healthz") { _, _ in "" }
        router.post("/backdoor") { _, _ in "" }
        #expect {
            try AccessTable(for: router.routes)
        } throws: { "\($0)".contains("POST /backdoor") && !"\($0)".contains("healthz") }
    }

    @Test func anAPIKeyIsConfinedToItsScopes() async throws {
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "root")
            func key(_ body: String) async throws -> TestSession {
                let answer = try await admin.post("/api-keys", body)
                let secret = try #require(try answer.string("key"), "\(answer.text)")
                return TestSession(api: api, headers: [HTTPField.Name("X-API-Key")!: secret])
            }
            try await admin.makeTenant("scoped")
            let reader = try await key(#"{"name":"r","tenant":"scoped","scopes":["jobs:read"]}"#)
            #expect(try await reader.get("/jobs").status == .ok)
            let refused = try await reader.post("/jobs", #"{"type":"t"}"#)
            try refused.expectProblem("forbidden", .forbidden)
            #expect(refused.headers[.wwwAuthenticate]?.contains(#"scope="jobs:write""#) == true)
            let auditor = try await key(#"{"name":"a","role":"ADMIN","scopes":["admin:read"]}"#)
            #expect(try await auditor.get("/audit-log").status == .ok)
            #expect(try await auditor.post("/users", "{}").status == .forbidden)
            #expect(try await auditor.get("/jobs").status == .forbidden)
            let all = try await key(#"{"name":"all","tenant":"scoped"}"#)
            #expect(try await all.post("/jobs", #"{"type":"t"}"#).string("tenant") == "scoped")
            #expect(try await all.get("/me").json()["scopes"]?.isNull == true)
            try await all.post("/logout", "").expectProblem("no-session", .conflict)
        }
    }
}
