import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LocalServers
import TestSupport
import Testing

@testable import Formats
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct IdempotencyTests {
    private func key(_ text: String) throws -> HTTPFields {
        [try #require(HTTPField.Name("Idempotency-Key")): text]
    }

    private func isReplay(_ answer: TestAnswer) -> Bool {
        HTTPField.Name("Idempotent-Replayed").flatMap { answer.headers[$0] } == "true"
    }

    @Test(arguments: [true, false])
    func aRepeatIsAnsweredWithTheFirstJob(_ isRedisThere: Bool) async throws {
        let platform = try await TestPlatform(
            url: await TestServers.shared.database(),
            redisURL: isRedisThere ? await TestServers.shared.redis() : nil
        )
        try await platform.serve { api in
            let session = try await api.session(tenant: "repeats")
            let first = try await session.post("/jobs", #"{"type":"t"}"#, headers: key("k"))
            #expect(first.status == .created)
            #expect(!isReplay(first))
            let second = try await session.post("/jobs", #"{"type":"t"}"#, headers: key("k"))
            #expect(second.status == .ok, "\(second.text)")
            #expect(isReplay(second))
            #expect(try second.string("id") == first.string("id"))
            #expect(second.headers[.location] == first.headers[.location])
            for same in [#"{ "type" : "t" }"#, #"{"t\u0079pe":"\u0074"}"#] {
                #expect(try await session.post("/jobs", same, headers: key("k")).status == .ok, "\(same)")
            }
            let other = try await session.post("/jobs", #"{"type":"u"}"#, headers: key("k"))
            try other.expectProblem("idempotency-key-reused", .unprocessableContent)
            #expect(try Array(other.fieldErrors().keys) == ["Idempotency-Key"])
            #expect(try await session.get("/jobs").json()["jobs"]?.array?.count == 1)
        }
        await platform.close()
    }

    /// Fifty clients at once, over two services that share nothing but their servers.
    @Test(arguments: [true, false])
    func parallelRepeatsOverTwoServicesMakeOneJob(_ isRedisThere: Bool) async throws {
        let url = try await TestServers.shared.database()
        let redis = isRedisThere ? try await TestServers.shared.redis() : nil
        let platforms = [
            try await TestPlatform(url: url, redisURL: redis), try await TestPlatform(url: url, redisURL: redis),
        ]
        try await platforms[0].serve(.ahc(.http)) { one in
            try await platforms[1].serve(.ahc(.http)) { two in
                let sessions = [try await one.session(tenant: "many"), try await two.session(tenant: "many")]
                let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
                    for index in 0..<50 {
                        group.addTask {
                            try await sessions[index % 2].post("/jobs", #"{"type":"t"}"#, headers: key("same"))
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.count { $0.status == .created } == 1)
                #expect(answers.count { $0.status == .ok && isReplay($0) } == 49)
                #expect(try Set(answers.map { try $0.string("id") }).count == 1)
                #expect(try await sessions[0].get("/jobs").json()["jobs"]?.array?.count == 1)
            }
        }
        for platform in platforms { await platform.close() }
    }

    @Test func aRepeatThatRedisKnowsDoesNotNeedTheDatabase() async throws {
        let server = try await PostgresServer.start()
        let platform = try await TestPlatform(
            url: try await server.createDatabase(named: "repeats"),
            redisURL: await TestServers.shared.redis()
        )
        try await platform.serve { api in
            let session = try await api.session(tenant: "away")
            let first = try await session.post("/jobs", #"{"type":"t"}"#, headers: key("k"))
            #expect(first.status == .created)
            // The answer is put into Redis behind the client's back; a repeat shows that it has come there.
            await server.stop()
            var second = try await session.post("/jobs", #"{"type":"t"}"#, headers: key("k"))
            while second.status == .serviceUnavailable {
                try await Task.sleep(for: .milliseconds(10))
                second = try await session.post("/jobs", #"{"type":"t"}"#, headers: key("k"))
            }
            #expect(second.status == .ok)
            #expect(second.bytes == first.bytes)
        }
        await platform.close()
    }

    /// A key that is taken and not honoured is a promise that is not kept.
    @Test func everyOtherCallThatMakesSomethingRefusesAKey() async throws {
        let platform = try await TestPlatform.shared()
        let routes = try platform.service().api.routes.filter { $0.method == .post || $0.method == .patch }
            .map { (method: $0.method, path: $0.path.description) }
        let honouring = ["/jobs", "/tasks/submit", "/schedules/{id}/trigger"]
        try await platform.serve { api in
            let admin = try await api.session(.admin, tenant: "refused-keys")
            for route in routes {
                let path = route.path.replacing(#/\{[a-z]+\}/#, with: "01a21821-3040-7527-9090-1f92f6be7ac9")
                let answer = try await admin.send(route.method, path, "{}", key("k"))
                let refusal = answer.status == .unprocessableContent ? try answer.fieldErrors()["Idempotency-Key"] : nil
                #expect((refusal == nil) == honouring.contains(route.path), "\(route.path): \(answer.text)")
            }
        }
    }

    @Test(arguments: ["", "ü", String(repeating: "x", count: 256)])
    func aBadKeyIsRefusedByName(_ text: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "refusals").post("/jobs", #"{"type":"t"}"#, headers: key(text))
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(try answer.fieldErrors()["Idempotency-Key"] == "must have 1 to 255 printable ASCII characters")
        }
    }
}
