public import JobCore
import Metrics
import Platform
import Redis

/// Keeps answers in Redis, so that a repeated request is answered without asking the database.
///
/// It is a short cut and nothing more: what it does not know, or cannot tell as Redis is away, the database decides.
public struct AnswerCache: Sendable {
    /// The largest answer that is kept, in bytes. A repeat of a larger one reads the job from the database.
    public static let maxAnswerBytes = 16 << 10

    private let redis: GuardedRedis
    private let lifetime: Duration
    private let hits = Counter(.idempotentRepeats, [("answered_by", "redis")])

    /// A cache in Redis.
    ///
    /// - Parameters:
    ///   - redis: Where the answers are.
    ///   - lifetime: How long an answer is kept.
    public init(redis: GuardedRedis, lifetime: Duration) {
        self.redis = redis
        self.lifetime = lifetime
    }

    /// Looks for the answer to a request. Never fails: without Redis nothing is known.
    public func answer(to request: IdempotentRequest, of tenant: TenantName) async -> CacheLookup {
        let bytes = await redis.ask(about: "a kept answer") { try await $0.get(Self.name(of: request, tenant)) }
        guard let entry = bytes.flatMap({ $0 }).flatMap(CacheEntry.init(bytes:)) else { return .unknown }
        guard entry.fingerprint == request.fingerprint else { return .keyReused }
        hits.increment()
        return .answered(entry.answer)
    }

    /// Keeps the answer to a request; returns at once. How much may be under way at once, the connection limits.
    public func keep(_ answer: CachedAnswer, to request: IdempotentRequest, of tenant: TenantName) {
        guard answer.body.count <= Self.maxAnswerBytes else { return }
        let entry = CacheEntry(fingerprint: request.fingerprint, answer: answer)
        Task {
            _ = await redis.ask(about: "an answer to keep") { [lifetime] in
                try await $0.set(Self.name(of: request, tenant), to: RedisArgument(entry.bytes), lifetime: lifetime)
            }
        }
    }

    private static func name(of request: IdempotentRequest, _ tenant: TenantName) -> RedisArgument {
        RedisArgument("qf:answer:\(tenant.rawValue):\(request.key)")
    }
}
