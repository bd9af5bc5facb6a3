import Foundation
import HTTPTypes
import Postgres
import TestSupport
import Testing

@testable import Formats
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct SessionTests {
    private func makeUser(_ api: TestAPI, _ name: String, _ more: String = "") async throws -> String {
        let admin = try await api.session(.admin, tenant: "root")
        try await admin.makeTenant("acme")
        let body = #"{"username":"\#(name)","password":"\#(Self.password)","tenant":"acme"\#(more)}"#
        let answer = try await admin.post("/users", body)
        #expect(answer.status == .created, "\(answer.text)")
        return try #require(try answer.string("id"))
    }

    private static let password = "wonderful-trombone-42"

    @Test func loginRefreshAndLogout() async throws {
        try await TestPlatform.shared().serve { api in
            _ = try await makeUser(api, "session-ada")
            let (session, refreshToken) = try await api.login("session-ada", Self.password)
            let me = try await session.get("/me").json()
            #expect(me["subject"]?.string == "session-ada" && me["tenant"]?.string == "acme")
            #expect(me["role"]?.string == "USER" && me["scopes"]?.isNull == true)
            let refreshed = try await api.anonymous.post("/token/refresh", #"{"refresh_token":"\#(refreshToken)"}"#)
            #expect(refreshed.status == .ok && refreshed.headers[.cacheControl] == "no-store")
            let token = try #require(try refreshed.string("access_token"))
            let second = TestSession(api: api, headers: [.authorization: "Bearer \(token)"])
            #expect(try await second.get("/jobs").status == .ok)
            let next = try #require(try refreshed.string("refresh_token"))

            #expect(try await second.send(.post, "/logout").status == .noContent)
            for ended in [session, second] {
                try await ended.get("/jobs").expectProblem("invalid-token", .unauthorized)
            }
            try await api.anonymous.post("/token/refresh", #"{"refresh_token":"\#(next)"}"#)
                .expectProblem("invalid-refresh-token", .unauthorized)
            let empty = try await api.anonymous.post("/token/refresh", "{}")
            #expect(try empty.fieldErrors()["refresh_token"] != nil)
        }
    }

    /// Two job-services on one database: what one is told the other knows at once by the announcement or, as with a listener
    /// that hears nothing, soon by looking.
    @Test(arguments: [true, false]) func whatOneServiceRevokesTheOthersHearOf(_ isAnnounced: Bool) async throws {
        let url = try await TestServers.shared.database()
        let (first, second) = (try await TestPlatform(url: url), try await TestPlatform(url: url))
        let watch =
            try isAnnounced ? second.revocations : second.deafWatch()
        let watching = Task { try await watch.run() }
        try await first.serve { api in
            try await second.serve { other in
                let admin = try await api.session(.admin, tenant: "root")
                let ids = [
                    try await makeUser(api, "a"), try await makeUser(api, "b"), try await makeUser(api, "c"),
                ]
                var sessions: [TestSession] = []
                for name in ["a", "b", "c", "admin"] {
                    let password = name == "admin" ? TestPlatform.adminPassword : Self.password
                    sessions.append(
                        TestSession(api: other, headers: try await api.login(name, password).session.headers)
                    )
                }
                let key = try await admin.post("/api-keys", #"{"name":"k","tenant":"acme"}"#)
                let secret = try #require(try key.string("key"))
                sessions.append(TestSession(api: other, headers: [HTTPField.Name("X-API-Key")!: secret]))
                for session in sessions { #expect(try await session.get("/me").status == .ok) }

                let start = ContinuousClock.now
                let limit = Duration.seconds(5)
                let json: HTTPFields = [.contentType: "application/json"]
                #expect(try await admin.send(.patch, "/users/\(ids[0])", #"{"disabled":true}"#, json).status == .ok)
                #expect(try await admin.send(.patch, "/users/\(ids[1])", #"{"role":"WORKER"}"#, json).status == .ok)
                #expect(try await admin.send(.delete, "/users/\(ids[2])").status == .noContent)
                let logout = TestSession(api: api, headers: sessions[3].headers)
                #expect(try await logout.send(.post, "/logout").status == .noContent)
                let id = try #require(try key.string("id"))
                #expect(try await admin.send(.delete, "/api-keys/\(id)").status == .noContent)
                for session in sessions {
                    while try await session.get("/me").status != .unauthorized {
                        try await Task.sleep(for: .milliseconds(10))
                        guard ContinuousClock.now - start < limit else { break }
                    }
                }
                #expect(ContinuousClock.now - start < limit)
            }
        }
        watching.cancel()
        _ = await watching.result
        await first.close()
        await second.close()
    }

    @Test func whoIsShutOutCannotLogInAgain() async throws {
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "root")
            let id = try await makeUser(api, "session-out")
            let json: HTTPFields = [.contentType: "application/json"]
            _ = try await admin.send(.patch, "/users/\(id)", #"{"disabled":true}"#, json)
            let body = #"{"username":"session-out","password":"\#(Self.password)"}"#
            try await api.anonymous.post("/login", body).expectProblem("invalid-credentials", .unauthorized)
            _ = try await admin.send(.patch, "/users/\(id)", #"{"disabled":false}"#, json)
            #expect(try await api.anonymous.post("/login", body).status == .ok)
        }
    }

    @Test func afterSomeWrongPasswordsOneWaitsKnownOrNot() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            for name in ["admin", "nobody", "no such name: \u{1F600}"] {
                let body = #"{"username":"\#(name)","password":"a wrong one"}"#
                for _ in 0..<4 {
                    try await api.anonymous.post("/login", body)
                        .expectProblem("invalid-credentials", .unauthorized)
                }
                // The first waits may pass while this is written, the later ones do not.
                var answer = try await api.anonymous.post("/login", body)
                for _ in 0..<8 where answer.status == .unauthorized {
                    answer = try await api.anonymous.post("/login", body)
                }
                try answer.expectProblem("login-throttled", .tooManyRequests)
                let wait = try #require(answer.headers[.retryAfter].flatMap { Int($0) })
                #expect((1...16).contains(wait))
            }
        }
        await platform.close()
    }
}

extension TestPlatform {
    /// A watch that no announcement reaches.
    func deafWatch() throws -> RevocationWatch {
        RevocationWatch(
            store: revocations.store,
            listener: PostgresListener(
                configuration: try PostgresConfiguration(url: "postgres://127.0.0.1:9/x"),
                channels: []
            ),
            list: revocations.list,
            logger: log.logger()
        )
    }
}
