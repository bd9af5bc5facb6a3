import HTTPTypes
import HummingbirdTesting
import JobCore
import LocalServers
import Platform
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import Formats
@testable import JobService

@Suite(.timeLimit(.minutes(1)))
struct BackpressureTests {
    @Test func aFullQueueRefusesAndOthersDoNot() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database(), maxQueueDepth: 3)
        try await platform.serve { api in
            let session = try await api.session(tenant: "full")
            for _ in 0..<3 { #expect(try await session.post("/jobs", #"{"type":"t"}"#).status == .created) }
            let answer = try await session.post("/jobs", #"{"type":"t"}"#)
            try answer.expectProblem("queue-full", .serviceUnavailable)
            #expect(answer.headers[.retryAfter] == "1")
            #expect(try await session.post("/jobs", #"{"type":"t","queue":"other"}"#).status == .created)
            // What waits for its time waits as well.
            #expect(try await session.post("/jobs", #"{"type":"t","delay":60}"#).status == .serviceUnavailable)

            // A worker takes one, and there is room for one.
            let job = try #require(
                try await session.get("/jobs?queue=default").json()["jobs"]?.array?.last?.object?["id"]?.string
            )
            let granted = try await platform.claim([try #require(JobID(job))], by: platform.openSession())
            #expect(granted.count == 1)
            var taken = try await session.post("/jobs", #"{"type":"t"}"#)
            while taken.status == .serviceUnavailable {
                try await Task.sleep(for: .milliseconds(20))
                taken = try await session.post("/jobs", #"{"type":"t"}"#)
            }
            #expect(taken.status == .created)
            #expect(try await session.post("/jobs", #"{"type":"t"}"#).status == .serviceUnavailable)
        }
        await platform.close()
    }

    /// A lock holds up all that is to be stored, until so much waits that the rest is refused at once.
    @Test func whatCannotBeStoredInTimeIsRefusedAtOnce() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database(), maxWaitingBytes: 20_000)
        try await platform.serve(.ahc(.http)) { api in
            let session = try await api.session(tenant: "slow")
            let body = #"{"type":"t","payload":"\#(String(repeating: "x", count: 10_000))"}"#
            let accepted = try await platform.pool.withConnection { connection in
                try await connection.execute("begin; lock table jobs_live in exclusive mode")
                return try await withThrowingTaskGroup(of: TestAnswer.self) { group in
                    for _ in 0..<40 { group.addTask { try await session.post("/jobs", body) } }
                    let refused = try #require(try await group.next())
                    try refused.expectProblem("overloaded", .serviceUnavailable)
                    #expect(refused.headers[.retryAfter] == "1")
                    try await connection.execute("commit")
                    return try await group.reduce(into: 0) { $0 += $1.status == .created ? 1 : 0 }
                }
            }
            // What had been accepted was stored once the lock was gone.
            #expect(accepted >= 2)
        }
        await platform.close()
    }

    /// A connection that is open and answers nothing: the pool has no reason to refuse, the circuit breaker has.
    @Test func aDatabaseThatNoLongerAnswersIsLeftAlone() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        await platform.circuits.addChecks(to: platform.readiness)
        try await platform.serve { api in
            let session = try await api.session(tenant: "frozen")
            #expect(try await session.post("/jobs", #"{"type":"t"}"#).status == .created)
            try await platform.pool.withConnection { connection in
                try await connection.execute("begin; lock table jobs_live in access exclusive mode")
                let late = try await session.post("/jobs", #"{"type":"t"}"#)
                try late.expectProblem("store-unavailable", .serviceUnavailable)
                let start = ContinuousClock.now
                let refused = try await session.post("/jobs", #"{"type":"t"}"#)
                try refused.expectProblem("store-unavailable", .serviceUnavailable)
                #expect(refused.headers[.retryAfter] == "1")
                try await session.get("/jobs").expectProblem("store-unavailable", .serviceUnavailable)
                let readiness = try await session.get("/readyz")
                #expect(readiness.status == .serviceUnavailable)
                #expect(readiness.text.contains("postgres circuit"))
                #expect(ContinuousClock.now - start < .seconds(1))
                try await connection.execute("commit")
            }
            var accepted = try await session.post("/jobs", #"{"type":"t"}"#)
            while accepted.status == .serviceUnavailable {
                try await Task.sleep(for: .milliseconds(100))
                accepted = try await session.post("/jobs", #"{"type":"t"}"#)
            }
            #expect(try await session.get("/readyz").status == .ok)
        }
        await platform.close()
    }

    /// Whoever has no Redis and no Kafka still takes jobs: both warn and nothing more.
    @Test func withoutRedisAndKafkaAServiceIsReadyAllTheSame() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        await platform.circuits.addChecks(to: platform.readiness)
        await platform.readiness.addCheck("kafka", isVital: false) { throw NotReady(reason: "away") }
        platform.circuits.redis.end(try platform.circuits.redis.begin(), .late)
        try await platform.serve { api in
            let session = try await api.session(tenant: "warned")
            #expect(try await session.post("/jobs", #"{"type":"t"}"#).status == .created)
            let readiness = try await session.get("/readyz")
            #expect(readiness.status == .ok)
            let checks = try #require(try readiness.json()["checks"]?.array).map { try $0.object?["status"]?.string }
            #expect(checks.sorted { ($0 ?? "") < ($1 ?? "") } == ["pass", "warn", "warn"])
        }
        await platform.close()
    }
}
