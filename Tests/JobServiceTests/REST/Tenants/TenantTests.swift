import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing

@testable import Formats
@testable import JobCore
@testable import JobService
@testable import JobStore

/// The calls about tenants, and what a tenant is refused.
@Suite(.timeLimit(.minutes(2)))
struct TenantTests {
    private static let json: HTTPFields = [.contentType: "application/json"]
    private static let apiKeyName = HTTPField.Name("X-API-Key")!

    private static func key(_ admin: TestSession, _ tenant: String) async throws -> TestSession {
        let answer = try await admin.post("/api-keys", #"{"name":"k","tenant":"\#(tenant)"}"#)
        return TestSession(
            api: admin.api,
            headers: [apiKeyName: try #require(try answer.string("key"), "\(answer.text)")]
        )
    }

    private func limit(_ answer: TestAnswer, _ name: String, maximum: Int, used: Int? = nil) throws {
        #expect(try answer.string("limit") == name, "\(answer.text)")
        #expect(try answer.json()["maximum"]?.int == maximum)
        if let used { #expect(try answer.json()["used"]?.int == used) }
    }

    @Test func aTenantIsMadeShownChangedAndListed() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let admin = try await api.session(.admin, tenant: "root")
            let made = try await admin.post("/tenants", #"{"name":"acme","own_limits":{"queues":2,"schedules":null}}"#)
            #expect(made.status == .created && made.headers[.location] == "/tenants/acme")
            #expect(try made.json()["own_limits"]?.object?["queues"]?.int == 2)
            try await admin.post("/tenants", #"{"name":"acme"}"#).expectProblem("name-taken", .conflict)
            let bad = try await admin.post("/tenants", #"{"name":"a.b","own_limits":{"queus":1,"schedules":-1}}"#)
            #expect(try Set(bad.fieldErrors().keys) == ["name", "own_limits.queus", "own_limits.schedules"])

            let user = try await Self.key(admin, "acme")
            _ = try await user.post("/jobs", #"{"type":"t","payload":"12345678"}"#)
            let shown = try await admin.get("/tenants/acme")
            let limits = try #require(try shown.json()["limits"]?.object)
            func figures(_ name: String) throws -> [Int?] {
                let figure = try limits[name]?.object
                return [figure?["maximum"]?.int, figure?["used"]?.int]
            }
            #expect(try figures("queues") == [2, 1] && figures("api_keys") == [1_000, 1])
            #expect(try figures("waiting_jobs") == [10_000_000, 1] && figures("stored_bytes")[1] == 10)
            #expect(try figures("schedules") == [1_000, 0] && figures("event_streams")[1] == nil)
            #expect(try await user.get("/tenant").string("name") == "acme")
            #expect(try await user.get("/tenants/acme").status == .forbidden)

            let tag = try #require(shown.headers[.eTag])
            #expect(try await admin.get("/tenants/acme", headers: [.ifNoneMatch: tag]).status == .notModified)
            let body = #"{"own_limits":{"queues":null,"schedules":5}}"#
            let changed = try await admin.send(.patch, "/tenants/acme", body, Self.json.merging([.ifMatch: tag]))
            #expect(changed.status == .ok, "\(changed.text)")
            #expect(try changed.json()["own_limits"]?.object?.members.map(\.name) == ["schedules"])
            try await admin.send(.patch, "/tenants/acme", body, Self.json.merging([.ifMatch: tag]))
                .expectProblem("precondition-failed", .preconditionFailed)
            for name in ["beta", "zeta"] { try await admin.makeTenant(name) }
            let page = try await admin.get("/tenants?limit=2").json()
            #expect(try page["tenants"]?.array?.compactMap { try $0.object?["name"]?.string } == ["acme", "beta"])
            let rest = try await admin.get("/tenants?limit=9&cursor=beta&state=active").json()
            #expect(try rest["tenants"]?.array?.compactMap { try $0.object?["name"]?.string } == ["default", "zeta"])
            try await admin.get("/tenants/nobody").expectProblem("not-found", .notFound)
            let log = try await admin.get("/audit-log?action=tenants.update").json()
            #expect(log["records"]?.array?.count == 1)
        }
        await platform.close()
    }

    /// A name that is misspelt makes no tenant, whatever call it stands in.
    @Test func nothingIsMadeOfATenantThatIsNotThere() async throws {
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "root")
            for (method, path, body) in [
                (
                    HTTPRequest.Method.post, "/users",
                    #"{"username":"typo","password":"a fine long phrase","tenant":"acmee"}"#
                ),
                (.post, "/api-keys", #"{"name":"k","tenant":"acmee"}"#),
                (.put, "/queues/q?tenant=acmee", #"{"max_depth":3}"#),
            ] {
                let answer = try await admin.send(method, path, body, Self.json)
                try answer.expectProblem("validation-failed", .unprocessableContent)
                #expect(try answer.fieldErrors()["tenant"]?.contains("acmee") == true)
            }
            try await admin.get("/tenants/acmee").expectProblem("not-found", .notFound)
        }
    }

    /// Two job-services: whoever is asked, no more is had, and the refusal says of what.
    @Test func whatIsCountedIsRefusedBeyondItsLimit() async throws {
        let url = try await TestServers.shared.database()
        let variables = [
            "tenant.max.queues": "3", "tenant.max.schedules": "2", "tenant.max.api.keys": "2",
            "tenant.max.firings": "61",
        ]
        let first = try await TestPlatform(url: url, variables: variables)
        let second = try await TestPlatform(url: url, variables: variables)
        try await first.serve(.ahc(.http)) { api in
            try await second.serve(.ahc(.http)) { other in
                let admin = try await api.session(.admin, tenant: "root")
                try await admin.makeTenant("small")
                let sessions = [try await api.session(tenant: "small"), try await other.session(tenant: "small")]
                let answers: [TestAnswer] = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
                    for index in 0..<24 {
                        let session = sessions[index % 2]
                        group.addTask { try await session.post("/jobs", #"{"type":"t","queue":"q\#(index / 2)"}"#) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let refused = answers.filter { $0.status != .created }
                #expect(refused.count >= 18 && refused.count <= 21)
                for answer in refused {
                    try answer.expectProblem("limit-reached", .unprocessableContent)
                    try limit(answer, "queues", maximum: 3, used: 3)
                }
                // In a batch and by schedule as well; and nothing of the batch is stored.
                let batch = try await sessions[1].post("/jobs/batch", #"[{"type":"a"},{"type":"b","queue":"q0"}]"#)
                try batch.expectProblem("limit-reached", .unprocessableContent)
                let schedule = #"{"name":"s","cron":"@daily","type":"t","queue":"yet-another"}"#
                try limit(try await sessions[0].post("/schedules", schedule), "queues", maximum: 3)
                // Somebody else's queues are no concern of theirs.
                try await admin.makeTenant("other")
                #expect(
                    try await api.session(tenant: "other").post("/jobs", #"{"type":"t","queue":"q9"}"#).status
                        == .created
                )

                let known = try #require(
                    try await sessions[0].get("/jobs?limit=1").json()["jobs"]?.array?.first?.object?["queue"]?.string
                )
                func schedules(_ name: String, _ cron: String) async throws -> TestAnswer {
                    try await sessions[0].post(
                        "/schedules",
                        #"{"name":"\#(name)","cron":"\#(cron)","type":"t","queue":"\#(known)"}"#
                    )
                }
                #expect(try await schedules("a", "* * * * * *").status == .created)
                try limit(try await schedules("b", "*/30 * * * * *"), "firings_per_minute", maximum: 61, used: 60)
                #expect(try await schedules("b", "@hourly").status == .created)
                try limit(try await schedules("c", "@daily"), "schedules", maximum: 2, used: 2)
                for _ in 0..<2 { _ = try await Self.key(admin, "small") }
                let third = try await admin.post("/api-keys", #"{"name":"k","tenant":"small"}"#)
                try third.expectProblem("limit-reached", .unprocessableContent)
                try limit(third, "api_keys", maximum: 2, used: 2)
            }
        }
        await first.close()
        await second.close()
    }

    /// The attack of old: 5 016 jobs in a queue of 10, most of them delayed or by schedule.
    @Test func noMoreJobsWaitThanMayHoweverTheyCome() async throws {
        let platform = try await TestPlatform(
            url: await TestServers.shared.database(),
            variables: ["tenant.max.waiting.jobs": "10"]
        )
        try await platform.serve(.ahc(.http)) { api in
            let session = try await api.session(tenant: "crowded")
            let batch = "[\(Array(repeating: #"{"type":"t","delay":3600}"#, count: 1_000).joined(separator: ","))]"
            for _ in 0..<5 {
                let answer = try await session.post("/jobs/batch", batch)
                try answer.expectProblem("limit-reached", .tooManyRequests)
                #expect(answer.headers[.retryAfter] == "1")
                try limit(answer, "waiting_jobs", maximum: 10)
            }
            let made = try await session.post("/schedules", #"{"name":"s","cron":"@hourly","type":"t"}"#)
            let id = try #require(try made.string("id"), "\(made.text)")
            let created = try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<48 {
                    group.addTask {
                        let answer =
                            switch index % 3 {
                            case 0: try await session.post("/jobs", #"{"type":"t","queue":"q\#(index)"}"#)
                            case 1: try await session.post("/jobs", #"{"type":"t","delay":60}"#)
                            default: try await session.post("/schedules/\(id)/trigger", "")
                            }
                        return answer.status == .created
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(created == 10)
            let waiting = JobLevel.waiting(TenantName(validated: "crowded"))
            #expect(try await platform.stores.levels.read([waiting])[waiting] == 10)
            // Others have room.
            #expect(try await api.session(tenant: "calm").post("/jobs", #"{"type":"t"}"#).status == .created)
        }
        await platform.close()
    }

    /// Nobody is admitted by the usual limits until the directory looks by itself.
    @Test func limitsOfItsOwnHoldAsSoonAsATenantIsMade() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let admin = try await api.session(.admin, tenant: "root")
            let made = try await admin.post("/tenants", #"{"name":"small","own_limits":{"waiting_jobs":3}}"#)
            #expect(made.status == .created)
            let (small, deadline) = (TenantName(validated: "small"), ContinuousClock.now + .seconds(5))
            while platform.tenants.limit(.waitingJobs, of: small) != 3, .now < deadline {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(platform.tenants.limit(.waitingJobs, of: small) == 3)
        }
        await platform.close()
    }

    @Test func bytesAreBounded() async throws {
        let platform = try await TestPlatform(
            url: await TestServers.shared.database(),
            variables: ["tenant.max.stored.bytes": "1000"]
        )
        try await platform.serve { api in
            let session = try await api.session(tenant: "heavy")
            let body = #"{"type":"t","payload":"\#(String(repeating: "x", count: 398))"}"#
            for _ in 0..<2 { #expect(try await session.post("/jobs", body).status == .created) }
            let refused = try await session.post("/jobs", body)
            try refused.expectProblem("limit-reached", .unprocessableContent)
            try limit(refused, "stored_bytes", maximum: 1_000, used: 800)
            #expect(try await session.post("/jobs", #"{"type":"t"}"#).status == .created)
        }
        await platform.close()
    }

    /// Suspended through one job-service, shut out by the other as well, at once; and let in again.
    @Test func aSuspendedTenantIsShutOutEverywhere() async throws {
        let url = try await TestServers.shared.database()
        let (first, second) = (try await TestPlatform(url: url), try await TestPlatform(url: url))
        let watching = Task { try await second.tenants.run() }
        try await first.serve { api in
            try await second.serve { other in
                let admin = try await api.session(.admin, tenant: "root")
                try await admin.makeTenant("acme")
                let user = #"{"username":"rest-ada","password":"a fine long phrase","tenant":"acme"}"#
                #expect(try await admin.post("/users", user).status == .created)
                let (session, refreshToken) = try await api.login("rest-ada", "a fine long phrase")
                let key = try await Self.key(admin, "acme")
                let there = TestSession(api: other, headers: key.headers)
                try await other.exchange { stream in
                    let name = Self.apiKeyName
                    try await stream.send(
                        "GET /events HTTP/1.1\r\nHost: a\r\n\(name): \(key.headers[name] ?? "")\r\n\r\n"
                    )
                    _ = try await stream.read(until: ": ")
                    #expect(try await admin.post("/tenants/acme/suspend", "").string("state") == "suspended")
                    // Here it holds when the answer goes out.
                    for session in [session, key] {
                        let answer = try await session.post("/jobs", #"{"type":"t"}"#)
                        try answer.expectProblem("tenant-suspended", .forbidden)
                    }
                    // The stream at the other one ends.
                    _ = try await stream.read(until: "\r\n0\r\n\r\n")
                }
                try await there.get("/jobs").expectProblem("tenant-suspended", .forbidden)
                let login = #"{"username":"rest-ada","password":"a fine long phrase"}"#
                for uri in ["/login", "/token/refresh"] {
                    let body = uri == "/login" ? login : #"{"refresh_token":"\#(refreshToken)"}"#
                    try await other.anonymous.post(uri, body).expectProblem("tenant-suspended", .forbidden)
                }
                let more = #"{"username":"rest-eve","password":"a fine long phrase","tenant":"acme"}"#
                try await admin.post("/users", more).expectProblem("tenant-suspended", .conflict)
                #expect(try await admin.post("/tenants/acme/resume", "").status == .ok)
                #expect(try await session.post("/jobs", #"{"type":"t"}"#).status == .created)
                while try await there.get("/jobs").status != .ok { await Task.yield() }
            }
        }
        watching.cancel()
        _ = await watching.result
        await first.close()
        await second.close()
    }

    @Test func whatIsNeededIsNotSuspended() async throws {
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "needed")
            try await admin.makeTenant("needed")
            for name in ["default", "needed"] {
                try await admin.post("/tenants/\(name)/suspend", "").expectProblem("tenant-protected", .conflict)
                try await admin.send(.delete, "/tenants/\(name)").expectProblem("tenant-protected", .conflict)
            }
            try await admin.makeTenant("busy")
            try await admin.send(.delete, "/tenants/busy").expectProblem("tenant-state", .conflict)
            #expect(try await admin.post("/tenants/busy/suspend", "").status == .ok)
            #expect(try await admin.send(.delete, "/tenants/busy").status == .accepted)
            try await admin.post("/tenants/busy/resume", "").expectProblem("tenant-state", .conflict)
            try await admin.post("/tenants", #"{"name":"busy"}"#).expectProblem("name-taken", .conflict)
        }
    }

    /// A tenant is removed while its token is still about: when the name is another's, that is worth nothing.
    @Test func whatWasIssuedBeforeARemovalIsGoodForNothingAfterwards() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        let watching = Task { try await platform.revocations.run() }
        try await platform.serve { api in
            let admin = try await api.session(.admin, tenant: "root")
            try await admin.makeTenant("phoenix")
            let user = #"{"username":"old","password":"a fine long phrase","tenant":"phoenix"}"#
            #expect(try await admin.post("/users", user).status == .created)
            let session = try await api.login("old", "a fine long phrase").session
            let key = try await Self.key(admin, "phoenix")
            for session in [session, key] { #expect(try await session.get("/jobs").status == .ok) }
            #expect(try await admin.post("/tenants/phoenix/suspend", "").status == .ok)
            #expect(try await admin.send(.delete, "/tenants/phoenix").status == .accepted)
            while try await admin.get("/tenants/phoenix").status == .ok {
                _ = try await platform.stores.tenants.removeStep(settling: .zero)
            }
            try await platform.tenants.load()
            try await admin.makeTenant("phoenix")
            // Told by the database; it was in the same transactions as the removal.
            for session in [session, key] {
                while try await session.get("/jobs").status != .unauthorized { await Task.yield() }
            }
            #expect(try await admin.get("/users?tenant=phoenix").json()["users"]?.array?.isEmpty == true)
        }
        watching.cancel()
        _ = await watching.result
        await platform.close()
    }
}
