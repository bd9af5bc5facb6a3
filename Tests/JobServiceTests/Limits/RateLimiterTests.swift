import Logging
import Redis
import Synchronization
import TestSupport
import Testing

@testable import JobService
@testable import Platform

@Suite(.timeLimit(.minutes(2)))
struct RateLimiterTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A connection that runs as long as the body does.
    private func withRedis<Result: Sendable>(
        _ url: String,
        _ body: (RedisConnection) async throws -> Result
    ) async throws -> Result {
        let redis = RedisConnection(configuration: try RedisConfiguration(url: url), logger: logger)
        let running = Task { try await redis.run() }
        defer { running.cancel() }
        while !redis.isConnected { try await Task.sleep(for: .milliseconds(5)) }
        return try await body(redis)
    }

    private func guarded(_ redis: RedisConnection) -> GuardedRedis {
        GuardedRedis(redis, breaker: CircuitBreaker("r"), logger: logger)
    }

    private func limiter(
        _ redis: RedisConnection,
        _ rule: RateRule,
        now: (@Sendable () -> Int64)? = nil
    ) -> RateLimiter {
        RateLimiter("test", rule: rule, redis: guarded(redis), now: now)
    }

    /// Two limiters, as of two job-services, take turns at random; together they decide as one window would.
    @Test(arguments: [false, true]) func severalShareOneWindowWithinAHundredthOfAnExactOne(isOwing: Bool) async throws {
        let url = try await TestServers.shared.redis()
        let time = Mutex<Int64>(0)
        try await withRedis(url) { first in
            try await withRedis(url) { second in
                // The time is made up, but by which Redis forgets an idle window is not.
                let rule = RateRule(limit: 100, window: .seconds(60))
                let limiters = [first, second].map { limiter($0, rule) { time.withLock { $0 } } }
                var model = SlidingWindow(rule)
                var exact = ExactWindow(rule)
                var arrivals = Arrivals(seed: 7, scale: 60)
                var (admitted, expected) = (0, 0)
                for step in 0..<6_000 {
                    let now = arrivals.next()
                    time.withLock { $0 = now }
                    let (weight, owed) = (step % 7 == 0 ? 3 : 1, isOwing && step % 50 == 0 ? 2 : 0)
                    let decision = await limiters[step % 2].admit("somebody", weight: weight, owed: owed)
                    #expect(decision == model.admit(at: now, weight: weight, owed: owed), "step \(step)")
                    if decision.isAdmitted { admitted += weight }
                    if exact.admits(now, weight: weight) { expected += weight }
                }
                #expect(admitted < 6_000)
                if isOwing { return }
                #expect(abs(admitted - expected) * 100 <= 2 * expected, "\(admitted) instead of \(expected)")
            }
        }
    }

    @Test func requestsAtOnceAreCountedOneByOneByRedissOwnClock() async throws {
        try await withRedis(try await TestServers.shared.redis()) { redis in
            let limiter = limiter(redis, RateRule(limit: 25, window: .seconds(3_600)))
            let admitted = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<200 { group.addTask { await limiter.admit("a").isAdmitted } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(admitted == 25)
            #expect(await limiter.admit("b").remaining == 24, "each principal has a window of its own")
            let refused = await limiter.admit("a")
            #expect(
                !refused.isAdmitted && refused.retryAfter > .seconds(3_500) && refused.retryAfter <= .seconds(3_640)
            )
        }
    }

    /// Two processes that admit by themselves what they may: together they are never far beyond the limit, nor far below it.
    @Test func ofALargeWindowNoMoreIsAdmittedThanTwoHundredthsBeyondIt() async throws {
        let url = try await TestServers.shared.redis()
        let time = Mutex<Int64>(1_700_000_000_000_000)
        try await withRedis(url) { first in
            try await withRedis(url) { second in
                let rule = RateRule(limit: 20_000, window: .seconds(60))
                let limiters = [first, second].map { limiter($0, rule) { time.withLock { $0 } } }
                var generator = SeededGenerator()
                let seed = generator.seed
                var admitted: [(at: Int64, weight: Int)] = []
                for step in 0..<30_000 {
                    let now = time.withLock { time in
                        time += 3_000
                        return time
                    }
                    let weight = step % 100 == 0 ? Int.random(in: 1...100, using: &generator) : 1
                    let decision = await limiters[Int.random(in: 0...1, using: &generator)].admit(
                        "busy",
                        weight: weight
                    )
                    if decision.isAdmitted { admitted.append((now, weight)) }
                }
                var (used, most, start) = (0, 0, 0)
                for one in admitted {
                    used += one.weight
                    while admitted[start].at <= one.at - 60_000_000 {
                        used -= admitted[start].weight
                        start += 1
                    }
                    most = max(most, used)
                }
                #expect(most <= rule.limit * 103 / 100 && most >= rule.limit * 97 / 100, "\(most), seed \(seed)")
            }
        }
    }

    @Test func whileMuchIsLeftFewRequestsAskRedis() async throws {
        try await withRedis(try await TestServers.shared.redis()) { redis in
            let limiter = limiter(redis, RateRule(limit: 600_000, window: .seconds(3_600)))
            let before = try await calls(redis)
            for request in 1...5_000 {
                let decision = await limiter.admit("somebody")
                #expect(decision.isAdmitted && decision.remaining == 600_000 - request)
            }
            #expect(try await calls(redis) - before <= 3)
        }
    }

    /// How many scripts Redis has run.
    private func calls(_ redis: RedisConnection) async throws -> Int {
        let info = RedisScript(name: "calls", source: "return redis.call('INFO', 'commandstats')")
        let text =
            try await redis.eval(info, keys: [], arguments: []).bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\r\n").filter { $0.hasPrefix("cmdstat_eval") }.reduce(0) { sum, line in
            sum + (line.firstMatch(of: /calls=(\d+)/).flatMap { Int($0.1) } ?? 0)
        }
    }

    @Test func withoutRedisTheRuleHoldsInEachProcess() async throws {
        let away = RedisConnection(configuration: try RedisConfiguration(url: "redis://127.0.0.1:9"), logger: logger)
        let limiter = limiter(away, RateRule(limit: 5, window: .seconds(60)))
        var admitted = 0
        for _ in 0..<20 where await limiter.admit("a").isAdmitted { admitted += 1 }
        #expect(admitted == 5)
    }
}
