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
    @Test func severalShareOneWindowWithinAHundredthOfAnExactOne() async throws {
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
                    let decision = await limiters[step % 2].admit("somebody")
                    #expect(decision == model.admit(at: now), "step \(step)")
                    if decision.isAdmitted { admitted += 1 }
                    if exact.admits(now) { expected += 1 }
                }
                #expect(admitted < 6_000)
                #expect(abs(admitted - expected) * 100 <= expected, "\(admitted) instead of \(expected)")
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

    @Test func withoutRedisTheRuleHoldsInEachProcess() async throws {
        let away = RedisConnection(configuration: try RedisConfiguration(url: "redis://127.0.0.1:9"), logger: logger)
        let limiter = limiter(away, RateRule(limit: 5, window: .seconds(60)))
        var admitted = 0
        for _ in 0..<20 where await limiter.admit("a").isAdmitted { admitted += 1 }
        #expect(admitted == 5)
    }
}
