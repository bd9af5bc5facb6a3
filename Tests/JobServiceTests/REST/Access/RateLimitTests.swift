import HTTPTypes
import JobCore
import LocalServers
import Postgres
import Redis
import TestSupport
import Testing

@testable import Formats
@testable import JobService
@testable import JobStore

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

    /// However jobs come, each weighs one, over all services; and which limit it was is told.
    @Test func jobsCountHoweverTheyCome() async throws {
        let (url, redis) = (try await TestServers.shared.database(), try await TestServers.shared.redis())
        let variables = ["tenant.max.jobs": "20", "rate.limit.window": "1h"]
        let first = try await TestPlatform(url: url, redisURL: redis, variables: variables)
        let second = try await TestPlatform(url: url, redisURL: redis, variables: variables)
        for platform in [first, second] {
            while !platform.redis.isConnected { try await Task.sleep(for: .milliseconds(5)) }
        }
        @Sendable func batch(_ count: Int) -> String {
            "[\((0..<count).map { _ in #"{"type":"t"}"# }.joined(separator: ","))]"
        }
        try await first.serve { api in
            try await second.serve { other in
                let session = try await api.session(tenant: "weighed")
                let colleague = try await other.session(tenant: "weighed")
                let tooMany = try await session.post("/jobs/batch", batch(21))
                try tooMany.expectProblem("limit-reached", .unprocessableContent)
                #expect(tooMany.headers[.retryAfter] == nil, "it would never be taken")
                #expect(try tooMany.string("limit") == "jobs_per_window")
                #expect(try await session.post("/jobs/batch", batch(10)).status == .created)
                let schedule = try await session.post(
                    "/schedules",
                    #"{"name":"s","cron":"@yearly","type":"t"}"#
                )
                let id = try #require(try schedule.string("id"), "\(schedule.text)")
                #expect(try await colleague.post("/schedules/\(id)/trigger", "").status == .created)
                #expect(try await colleague.post("/tasks/submit", #"{"data":1}"#).status == .created)
                #expect(try await session.post("/jobs", #"{"type":"t"}"#).status == .created)
                // 13 are taken, so that 8 do not fit, and none of them is stored.
                let refused = try await colleague.post("/jobs/batch", batch(8))
                try refused.expectProblem("limit-reached", .tooManyRequests)
                #expect(number(refused, "RateLimit-Limit") == 20 && number(refused, "RateLimit-Remaining") == 7)
                #expect(try #require(number(refused, "Retry-After")) > 3_500)
                #expect(try refused.json()["maximum"]?.int == 20 && refused.json()["used"]?.int == 13)
                #expect(try await colleague.post("/jobs/batch", batch(7)).status == .created)
                for (path, body) in [
                    ("/jobs", #"{"type":"t"}"#), ("/tasks/submit", #"{"data":1}"#), ("/schedules/\(id)/trigger", ""),
                ] {
                    try await session.post(path, body).expectProblem("limit-reached", .tooManyRequests)
                }
                #expect(try await first.stores.jobs.counts(of: TenantName(validated: "weighed")).submitted == 20)
                #expect(try await api.session(tenant: "other").post("/jobs", #"{"type":"t"}"#).status == .created)
            }
        }
        await first.close()
        await second.close()
    }

    @Test func whatIsReplayedCountsAsSubmitted() async throws {
        let platform = try await TestPlatform(
            url: await TestServers.shared.database(),
            variables: ["tenant.max.jobs": "8"]
        )
        let actions = DeadLetterActions(
            store: platform.stores.deadLetters,
            publisher: platform.publisher,
            budget: platform.submission.budget
        )
        try await platform.pool.execute(
            """
            insert into jobs_dead (id, created_at, finished_at, worker_id, run, attempt, max_attempts, priority, tenant, queue, type,
                                   payload, reason, kind, fingerprint, error)
            select gen_random_uuid(), now(), now() - interval '1 minute', gen_random_uuid(), 1, 1, 1, 'normal', 'acme', 'q', 't', '{}',
                   'discarded', 'error', 'f', 'e' from generate_series(1, 5)
            """
        )
        let (acme, actor) = (
            TenantName(validated: "acme"), AuditActor(Principal(subject: "a", tenant: .default, role: .admin))
        )
        #expect(try await actions.replay(DeadLetterSelection(), limit: 100, of: acme, by: actor) == 5)
        try await platform.submission.budget?.spend(3, of: acme)
        await #expect(throws: JobBudgetSpent.self) {
            try await actions.replay(DeadLetterSelection(), limit: 100, of: acme, by: actor)
        }
        await platform.close()
    }

    /// Reading has a budget of its own: what it costs, of each tenant together.
    @Test func readingCountsByWhatItCosts() async throws {
        let platform = try await TestPlatform(
            url: await TestServers.shared.database(),
            variables: ["tenant.max.reads": "25", "rate.limit.window": "1h"]
        )
        try await platform.serve { api in
            let session = try await api.session(tenant: "reader")
            let id = try #require(try await session.post("/jobs", #"{"type":"t"}"#).string("id"))
            let first = try await session.get("/jobs")
            #expect(first.status == .ok && number(first, "RateLimit-Remaining") == 15)
            #expect(number(try await session.get("/jobs/\(id)"), "RateLimit-Remaining") == 14)
            #expect(number(try await session.get("/schedules"), "RateLimit-Remaining") == 4)
            let refused = try await session.get("/jobs")
            try refused.expectProblem("limit-reached", .tooManyRequests)
            #expect(try refused.string("limit") == "reads_per_window" && refused.headers[.retryAfter] != nil)
            #expect(try await session.get("/jobs/\(id)").status == .ok, "there is enough left for that")
            #expect(try await session.post("/jobs", #"{"type":"t"}"#).status == .created, "that is no reading")
            #expect(try await api.session(tenant: "another").get("/jobs").status == .ok)
        }
        await platform.close()
    }
}
