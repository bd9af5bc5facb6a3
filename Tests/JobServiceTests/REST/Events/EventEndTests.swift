import Formats
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import JobService
@testable import JobStore

/// Streams of events end with what let them begin, at whichever instance that ends.
@Suite(.timeLimit(.minutes(1)))
struct EventEndTests {
    private static let password = "wonderful-trombone-42"
    private static let limit = Duration.seconds(2)

    /// What ends a credential.
    enum End: String, CaseIterable, Sendable {
        case logout, password, role, disabling, deletion, reuse, key, expiry
    }

    /// Two job-services on one database: each stream is held with one of them, and its credential ends through the other.
    @Test(arguments: End.allCases) func aStreamEndsWithItsCredential(_ end: End) async throws {
        let url = try await TestServers.shared.database()
        let (first, second) = (try await TestPlatform(url: url), try await TestPlatform(url: url))
        let watching = Task { try await second.revocations.run() }
        try await first.serve { api in
            try await second.serve { other in
                let admin = try await api.session(.admin, tenant: "root")
                let user = try await makeUser(admin, "u")
                let (session, refreshToken) = try await api.login("u", Self.password)
                let (bystander, _) = try await api.login("admin", TestPlatform.adminPassword)
                var headers = session.headers
                var keyID = ""
                if end == .key || end == .expiry {
                    let expiry = RFC3339.string(Date(timeIntervalSinceNow: 1.5))
                    let more = end == .expiry ? #","expires_at":"\#(expiry)""# : ""
                    let key = try await admin.post("/api-keys", #"{"name":"k","tenant":"acme"\#(more)}"#)
                    headers = [HTTPField.Name("X-API-Key")!: try #require(try key.string("key"), "\(key.text)")]
                    keyID = try #require(try key.string("id"))
                }
                let (streamHeaders, ended) = (headers, keyID)
                try await other.exchange { staying in
                    try await staying.listen(bystander.headers)
                    try await other.exchange { connection in
                        try await connection.listen(streamHeaders)
                        let begun = ContinuousClock.now
                        try await carryOut(end, session, admin, user: user, key: ended, refreshToken)
                        let waited = end == .expiry ? Self.limit + .seconds(2) : Self.limit
                        // The end of the answer; the connection stays for the next request.
                        try await connection.read(until: "\r\n0\r\n\r\n")
                        #expect(ContinuousClock.now - begun < waited, "\(end)")
                    }
                    // Others hear on.
                    _ = try await staying.read(until: "event: queues")
                }
                let again = TestSession(api: other, headers: streamHeaders)
                #expect(try await again.get("/events").status == .unauthorized)
            }
        }
        watching.cancel()
        _ = await watching.result
        await first.close()
        await second.close()
    }

    private func carryOut(
        _ end: End,
        _ session: TestSession,
        _ admin: TestSession,
        user: String,
        key: String,
        _ refreshToken: String
    ) async throws {
        let json: HTTPFields = [.contentType: "application/json"]
        func change(_ body: String) async throws {
            #expect(try await admin.send(.patch, "/users/\(user)", body, json).status == .ok)
        }
        switch end {
        case .logout: #expect(try await session.send(.post, "/logout").status == .noContent)
        case .password: try await change(#"{"password":"another-trombone-42"}"#)
        case .role: try await change(#"{"role":"WORKER"}"#)
        case .disabling: try await change(#"{"disabled":true}"#)
        case .deletion: #expect(try await admin.send(.delete, "/users/\(user)").status == .noContent)
        case .reuse:
            let body = #"{"refresh_token":"\#(refreshToken)"}"#
            #expect(try await session.api.anonymous.post("/token/refresh", body).status == .ok)
            #expect(try await session.api.anonymous.post("/token/refresh", body).status == .unauthorized)
        case .key: #expect(try await admin.send(.delete, "/api-keys/\(key)").status == .noContent)
        case .expiry: break
        }
    }

    private func makeUser(_ admin: TestSession, _ name: String) async throws -> String {
        try await admin.makeTenant("acme")
        let body = #"{"username":"\#(name)","password":"\#(Self.password)","tenant":"acme"}"#
        return try #require(try await admin.post("/users", body).string("id"))
    }
}

extension WireConnection {
    fileprivate mutating func listen(_ headers: HTTPFields) async throws {
        let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        try await send("GET /events HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")
        let head = try await read(until: ": heartbeat\n\n")
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
}
