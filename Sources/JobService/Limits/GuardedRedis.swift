public import Logging
public import Platform
public import Redis

/// Redis behind a circuit breaker, for those who can do without it.
public struct GuardedRedis: Sendable {
    private let redis: RedisConnection
    private let breaker: CircuitBreaker
    private let logger: Logger

    /// A connection, and what guards it.
    ///
    /// - Parameters:
    ///   - redis: Who is asked.
    ///   - breaker: Keeps callers from waiting for a Redis that does not answer.
    ///   - logger: Gets, at level debug, why Redis could not be asked.
    public init(_ redis: RedisConnection, breaker: CircuitBreaker, logger: Logger) {
        self.redis = redis
        self.breaker = breaker
        self.logger = logger
    }

    /// Whether it does not work at present, as far as is known without asking it.
    var isAway: Bool { !redis.isConnected || !breaker.isClosed }

    /// Asks Redis. Never fails.
    ///
    /// - Parameter purpose: What is asked about, for the log.
    /// - Returns: What it said; nil when it could not be asked.
    func ask<Reply: Sendable>(
        about purpose: String,
        _ body: @escaping @Sendable (RedisConnection) async throws -> Reply
    ) async -> Reply? {
        do {
            return try await breaker.run(isFailure: \.isRedisAway) { [redis] in try await body(redis) }
        } catch {
            logger.debug("Redis could not be asked", metadata: ["about": "\(purpose)", "error": "\(error)"])
            return nil
        }
    }
}

extension Error {
    /// Whether Redis does not work, as opposed to refusing one command.
    fileprivate var isRedisAway: Bool {
        guard let error = self as? RedisError else { return false }
        return switch error {
        case .notConnected, .connectionLost, .timedOut, .tooManyInFlight: true
        case .server(let message, _): message.hasPrefix("LOADING") || message.hasPrefix("MISCONF")
        case .unexpectedReply, .configuration: false
        }
    }
}
