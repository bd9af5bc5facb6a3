import Concurrency
import Metrics
import Platform
import Redis
import Synchronization

/// Admits requests by a ``RateRule``, together with all other processes that share a Redis.
///
/// A script call decides, on a connection that pipelines them. While much of a large window is left, a process admits up to a hundredth of
/// it by itself, for a hundredth of the window's length, and tells Redis with its next call (see ``RateCredit``): so who asks often costs a
/// few calls in a second, and each process is at most a hundredth ahead. While Redis is away each process admits by the same rule for
/// itself, and `queueflow_rate_limit_local_total` counts how often.
public final class RateLimiter: Sendable {
    /// How many principals a process keeps count of by itself; about 1 KiB each. Beyond, the longest idle starts anew.
    private static let localWindows = 10_000

    /// What requests are admitted by.
    public let rule: RateRule
    private let name: String
    private let redis: GuardedRedis
    private let now: (@Sendable () -> Int64)?
    private let origin = ContinuousClock.now
    private let local = Mutex(LRUCache<WindowKey, SlidingWindow>(capacity: localWindows))
    private let credits = Mutex(LRUCache<WindowKey, RateCredit>(capacity: localWindows))
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

    /// Whose window, and how much of it there is.
    private struct WindowKey: Hashable, Sendable {
        var owner: String
        var limit: Int
    }

    /// Decides about a request, and counts it if it is admitted. Never fails.
    ///
    /// - Parameters:
    ///   - owner: Who makes it.
    ///   - weight: How much it counts. What is above the limit is never admitted.
    ///   - owed: How much more is counted, in any case, as it was admitted before.
    ///   - limit: The owner's own limit; nil means the rule's.
    public func admit(_ owner: String, weight: Int = 1, owed: Int = 0, limit: Int? = nil) async -> RateDecision {
        let key = WindowKey(owner: owner, limit: limit ?? rule.limit)
        let time = time
        if owed == 0, let left = credits.withLock({ $0.change(key) { $0.admit(weight, at: time) } }) {
            return RateDecision(isAdmitted: true, remaining: left, retryAfter: .zero)
        }
        let decision = await shared(key, weight, owed, at: time) ?? alone(key, weight, owed, at: time)
        if !decision.isAdmitted { refusals.increment() }
        return decision
    }

    /// The time of this process's own clock, in microseconds.
    private var time: Int64 { now?() ?? origin.duration(to: .now).millisecondsTruncated * 1_000 }

    private func shared(_ key: WindowKey, _ weight: Int, _ owed: Int, at time: Int64) async -> RateDecision? {
        let (slot, clock) = (rule.slotMicroseconds, now.map { RedisArgument($0()) } ?? "")
        // Windows of another length are counted in other slots.
        let window: RedisArgument = "qf:rate:\(name):\(slot):\(key.owner)"
        let owed = owed + (credits.withLock { $0.change(key) { $0.settle() } } ?? 0)
        let answer = await redis.ask(about: "a rate limit") {
            try await $0.eval(
                RateLimitScript.admit,
                keys: [window],
                arguments: [
                    RedisArgument(key.limit), RedisArgument(slot), clock, RedisArgument(weight), RedisArgument(owed),
                ]
            )
        }
        guard let numbers = answer?.array?.compactMap(\.integer), numbers.count == 3 else { return nil }
        let left = Int(numbers[1])
        if key.limit >= RateCredit.smallest {
            credits.withLock { credits in
                var credit = RateCredit(left: left, until: time + slot, limit: key.limit)
                // What was admitted meanwhile is owed still.
                if let before = credits.peek(key) { credit.owe(before.owed) }
                credits.set(credit, for: key)
            }
        }
        return RateDecision(isAdmitted: numbers[0] == 1, remaining: left, retryAfter: .microseconds(numbers[2]))
    }

    private func alone(_ key: WindowKey, _ weight: Int, _ owed: Int, at time: Int64) -> RateDecision {
        localDecisions.increment()
        return local.withLock { windows in
            let rule = RateRule(limit: key.limit, window: rule.window)
            var window = windows.value(for: key) ?? SlidingWindow(rule)
            let decision = window.admit(at: time, weight: weight, owed: owed)
            windows.set(window, for: key)
            return decision
        }
    }
}

extension LRUCache {
    /// Changes a value that is kept; nil when there is none.
    fileprivate mutating func change<Result>(_ key: Key, _ body: (inout Value) -> Result?) -> Result? {
        guard var value = value(for: key) else { return nil }
        let result = body(&value)
        set(value, for: key)
        return result
    }
}

/// What a process may admit of a window without asking: little, for a moment, and only while much is left. Pure.
struct RateCredit: Sendable {
    /// Of smaller windows nothing is admitted without asking.
    static let smallest = 10_000
    /// Which part of a window a process may be ahead, and which has to be left.
    private static let (part, reserve) = (100, 10)

    /// How much was left when Redis was asked last, less what was admitted since.
    private var left: Int
    /// What was admitted since then. Of who comes no more it is never told: a hundredth of the window at most.
    private(set) var owed = 0
    private var until: Int64
    private let limit: Int

    /// Credit in a window of which so much is left.
    init(left: Int, until: Int64, limit: Int) {
        (self.left, self.until, self.limit) = (left, until, limit)
    }

    /// Admits a request, unless Redis is to be asked.
    ///
    /// - Returns: How much is left.
    mutating func admit(_ weight: Int, at now: Int64) -> Int? {
        guard now < until, owed + weight <= limit / Self.part, left - weight > limit / Self.reserve else { return nil }
        owe(weight)
        return left
    }

    /// Counts what was admitted without asking.
    mutating func owe(_ weight: Int) {
        owed += weight
        left -= weight
    }

    /// What is to be told to Redis, once. Nothing more is admitted until it has answered.
    mutating func settle() -> Int {
        defer { (owed, until) = (0, .min) }
        return owed
    }
}

/// How much may come in any stretch of time of a given length.
public struct RateRule: Hashable, Sendable {
    /// The most requests, or the most that they may weigh.
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
    /// How much more may pass now.
    public var remaining: Int
    /// After how long as much may pass, for what may not.
    public var retryAfter: Duration

    /// A decision.
    public init(isAdmitted: Bool, remaining: Int, retryAfter: Duration) {
        self.isAdmitted = isAdmitted
        self.remaining = remaining
        self.retryAfter = retryAfter
    }
}
