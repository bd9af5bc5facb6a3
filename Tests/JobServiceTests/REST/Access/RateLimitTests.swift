import HTTPTypes
import LocalServers
import Redis
import TestSupport
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1)))
struct RateLimitTests {
    private func number(_ answer: TestAnswer, _ name: String) -> Int? {
        HTTPField.Name(name).flatMap { answer.headers[$0] }.flatMap { Int($0) }
    }

    @Test func eachPrincipalHasItsBudgetOverAllServices() async throws {
        let (url, redis) = (try await TestServers.shared.database(), try await TestServers.shared.redis())
        let variables = ["rate.limit.max": "5", "rate.limit.window": "1h"]
        let first = try await TestPlatform(url: url, redisURL: redis, variables: variables)
        let second = try await TestPlatform(url: url, redisURL: redis, variables: variables)
        for platform in [first, second] {
            while !platform.redis.isConnected { try await Task.sleep(for: .milliseconds(5)) }
        }
        try await first.serve { api in
            try await second.serve { other in
                let session = try await api.session(tenant: "limited")
                let elsewhere = TestSession(api: other, headers: session.headers)
                for index in 0..<5 {
                    let answer = try await [session, elsewhere][index % 2].post("/jobs", #"{"type":"t"}"#)
                    #expect(answer.status == .created)
                    #expect(number(answer, "RateLimit-Limit") == 5)
                    #expect(number(answer, "RateLimit-Remaining") == 4 - index)
                    #expect(number(answer, "RateLimit-Reset") == 3_600)
                }
                for refused in [session, elsewhere] {
                    let answer = try await refused.post("/jobs", #"{"type":"t"}"#)
                    try answer.expectProblem("rate-limited", .tooManyRequests)
                    #expect(number(answer, "RateLimit-Remaining") == 0)
                    let wait = try #require(number(answer, "Retry-After"))
                    #expect(wait > 3_500 && wait <= 3_640 && number(answer, "RateLimit-Reset") == wait)
                }
                #expect(try await session.get("/jobs").status == .ok, "reading is not counted")
                // Without credentials, the address counts, and forged ones do not get their bearer a new budget.
                for _ in 0..<5 { #expect(try await api.anonymous.post("/jobs", "{}").status == .unauthorized) }
                #expect(try await api.anonymous.post("/jobs", "{}").status == .tooManyRequests)
                let forger = TestSession(api: api, headers: [.authorization: "Bearer x"])
                #expect(try await forger.get("/jobs").status == .tooManyRequests)
            }
        }
        await first.close()
        await second.close()
    }

    /// Redis stops in the middle, as one does that is cut off: requests go on, by the same rule in each process.
    @Test func withoutRedisRequestsGoOnUnderALocalLimit() async throws {
        let redis = try await RedisServer.start()
        let platform = try await TestPlatform(
            url: await TestServers.shared.database(),
            redisURL: redis.url,
            variables: ["rate.limit.max": "20", "rate.limit.window": "1h"]
        )
        while !platform.redis.isConnected { try await Task.sleep(for: .milliseconds(5)) }
        try await platform.serve { api in
            let session = try await api.session(tenant: "limited")
            #expect(number(try await session.post("/jobs", #"{"type":"t"}"#), "RateLimit-Remaining") == 19)
            await redis.stop()
            var statuses: [Int] = []
            for _ in 0..<25 { statuses.append(try await session.post("/jobs", #"{"type":"t"}"#).status.code) }
            #expect(statuses.filter { $0 == 201 }.count == 20)
            #expect(statuses.last == 429)
        }
        await platform.close()
    }

    @Test func loginsHaveABudgetOfTheirOwn() async throws {
        let platform = try await TestPlatform(
            url: await TestServers.shared.database(),
            variables: ["login.limit.max": "3", "rate.limit.max": "1", "trusted.proxies": "127.0.0.0/8"]
        )
        try await platform.serve { api in
            let forwardedFor = HTTPField.Name("X-Forwarded-For")!
            let body = #"{"username":"admin","password":"\#(TestPlatform.adminPassword)"}"#
            func login(from address: String) async throws -> TestAnswer {
                try await api.anonymous.post("/login", body, headers: [forwardedFor: address])
            }
            for _ in 0..<3 { #expect(try await login(from: "198.51.100.1").status == .ok) }
            try await login(from: "198.51.100.1").expectProblem("rate-limited", .tooManyRequests)
            #expect(try await login(from: "198.51.100.2").status == .ok)
        }
        await platform.close()
    }
}
