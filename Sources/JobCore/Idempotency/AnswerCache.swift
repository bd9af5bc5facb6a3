public import Logging
import Metrics
public import Redis

/// Keeps answers in Redis, so that a repeated request is answered without asking the database.
///
/// It is a short cut and nothing more: what it does not know, or cannot tell as Redis is away, the database decides.
public struct AnswerCache: Sendable {
    /// The largest answer that is kept, in bytes. A repeat of a larger one reads the job from the database.
    public static let maxAnswerBytes = 16 << 10

    private let redis: RedisConnection
    private let breaker: CircuitBreaker
    private let lifetime: Duration
    private let logger: Logger
    private let hits = Counter(label: "qf_idempotent_repeats_total", dimensions: [("answered_by", "redis")])

    /// A cache in Redis.
    ///
    /// - Parameters:
    ///   - redis: Where the answers are.
    ///   - breaker: Keeps requests from waiting for a Redis that does not answer.
    ///   - lifetime: How long an answer is kept.
    ///   - logger: Gets, at level debug, why Redis could not be asked.
    public init(redis: RedisConnection, breaker: CircuitBreaker, lifetime: Duration, logger: Logger) {
        self.redis = redis
        self.breaker = breaker
        self.lifetime = lifetime
        self.logger = logger
    }

    /// Looks for the answer to a request. Never fails: without Redis nothing is known.
    public func answer(to request: IdempotentRequest, of tenant: TenantName) async -> CacheLookup {
        do {
            let bytes = try await breaker.run(isFailure: \.isRedisAway) { [redis] in
                try await redis.get(Self.name(of: request, tenant))
            }
            guard let entry = bytes.flatMap(CacheEntry.init(bytes:)) else { return .unknown }
            guard entry.fingerprint == request.fingerprint else { return .keyReused }
            hits.increment()
            return .answered(entry.answer)
        } catch {
            logger.debug("the answer cache could not be asked", metadata: ["error": "\(error)"])
            return .unknown
        }
    }

    /// Keeps the answer to a request; returns at once. How much may be under way at once, the connection limits.
    public func keep(_ answer: CachedAnswer, to request: IdempotentRequest, of tenant: TenantName) {
        guard answer.body.count <= Self.maxAnswerBytes else { return }
        let entry = CacheEntry(fingerprint: request.fingerprint, answer: answer)
        Task {
            do {
                try await breaker.run(isFailure: \.isRedisAway) { [redis, lifetime] in
                    _ = try await redis.set(
                        Self.name(of: request, tenant),
                        to: RedisArgument(entry.bytes),
                        lifetime: lifetime
                    )
                }
            } catch {
                logger.debug("an answer could not be kept", metadata: ["error": "\(error)"])
            }
        }
    }

    private static func name(of request: IdempotentRequest, _ tenant: TenantName) -> RedisArgument {
        RedisArgument("qf:answer:\(tenant.rawValue):\(request.key)")
    }
}

extension Error {
    /// Whether Redis does not work, as opposed to refusing one command.
    var isRedisAway: Bool {
        guard let error = self as? RedisError else { return false }
        return switch error {
        case .notConnected, .connectionLost, .timedOut, .tooManyInFlight: true
        case .server(let message, _): message.hasPrefix("LOADING") || message.hasPrefix("MISCONF")
        case .unexpectedReply, .configuration: false
        }
    }
}
