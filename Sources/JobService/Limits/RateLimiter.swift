import Concurrency
import Metrics
import Platform
import Redis
import Synchronization

/// Admits requests by a ``RateRule``, together with all other processes that share a Redis.
///
/// One script call for each request, on a connection that pipelines them. While Redis is away each process admits by the same rule
/// for itself, and `queueflow_rate_limit_local_total` counts how often.
public final class RateLimiter: Sendable {
    /// How many principals a process keeps count of by itself; about 1 KiB each. Beyond, the longest idle starts anew.
    private static let localWindows = 10_000

    /// What requests are admitted by.
    public let rule: RateRule
    private let name: String
    private let redis: GuardedRedis
    private let now: (@Sendable () -> Int64)?
    private let origin = ContinuousClock.now
    private let local = Mutex(LRUCache<String, SlidingWindow>(capacity: localWindows))
    private let refusals: Counter
    private let localDecisions: Counter

    /// A limiter.
    ///
    /// - Parameters:
    ///   - name: What is limited; limiters of the same name share their windows.
    ///   - rule: How much of it is admitted.
    ///   - redis: Where the windows are.
    ///   - now: The time in microseconds; nil for Redis's own clock.
    public init(
        _ name: String,
        rule: RateRule,
        redis: GuardedRedis,
        now: (@Sendable () -> Int64)? = nil
    ) {
        self.name = name
        self.rule = rule
        self.redis = redis
        self.now = now
        refusals = Counter(.rateLimited, [("budget", name)])
        localDecisions = Counter(.rateLimitLocal, [("budget", name)])
    }

    /// Decides about a request, and counts it if it is admitted. Never fails.
    ///
    /// - Parameter key: Who makes it.
    public func admit(_ key: String) async -> RateDecision {
        let decision = await shared(key) ?? alone(key)
        if !decision.isAdmitted { refusals.increment() }
        return decision
    }

    private func shared(_ key: String) async -> RateDecision? {
        let (slot, time) = (rule.slotMicroseconds, now.map { RedisArgument($0()) } ?? "")
        // Windows of another length are counted in other slots.
        let window: RedisArgument = "qf:rate:\(name):\(slot):\(key)"
        let answer = await redis.ask(about: "a rate limit") { [rule] in
            try await $0.eval(
                RateLimitScript.admit,
                keys: [window],
                arguments: [RedisArgument(rule.limit), RedisArgument(slot), time]
            )
        }
        guard let numbers = answer?.array?.compactMap(\.integer), numbers.count == 3 else { return nil }
        return RateDecision(
            isAdmitted: numbers[0] == 1,
            remaining: Int(numbers[1]),
            retryAfter: .microseconds(numbers[2])
        )
    }

    private func alone(_ key: String) -> RateDecision {
        localDecisions.increment()
        let time = now?() ?? origin.duration(to: .now).millisecondsTruncated * 1_000
        return local.withLock { windows in
            var window = windows.value(for: key) ?? SlidingWindow(rule)
            let decision = window.admit(at: time)
            windows.set(window, for: key)
            return decision
        }
    }
}

/// How many requests may come in any stretch of time of a given length.
public struct RateRule: Hashable, Sendable {
    /// The most requests.
    public var limit: Int
    /// How long the stretch is; at least a second.
    public var window: Duration

    /// A rule.
    public init(limit: Int, window: Duration) {
        self.limit = limit
        self.window = window
    }

    /// The length of one of the ``SlidingWindow/slots`` that a window is counted in, in microseconds.
    var slotMicroseconds: Int64 {
        max(1, window.millisecondsTruncated * 1_000 / Int64(SlidingWindow.slots))
    }
}

/// Whether a request may pass.
public struct RateDecision: Hashable, Sendable {
    /// Whether it may.
    public var isAdmitted: Bool
    /// How many more may pass now.
    public var remaining: Int
    /// After how long one may pass again, for one that may not.
    public var retryAfter: Duration

    /// A decision.
    public init(isAdmitted: Bool, remaining: Int, retryAfter: Duration) {
        self.isAdmitted = isAdmitted
        self.remaining = remaining
        self.retryAfter = retryAfter
    }
}
