import JobCore
import JobStore

/// All that decides who is let in.
struct Identity: Sendable {
    let authentication: Authentication
    let hasher: PasswordHasher
    let throttle: LoginThrottle
    let limits: RequestLimits
    let tenants: TenantDirectory

    /// Decides by the settings.
    ///
    /// - Throws: ``SigningKeyError``.
    init(
        settings: JobServiceSettings,
        stores: Stores,
        revocations: RevocationList,
        tenants: TenantDirectory,
        hasher: PasswordHasher,
        redis: GuardedRedis
    ) async throws {
        func limiter(_ name: String, _ rule: RateRule?) -> RateLimiter? {
            rule.map { RateLimiter(name, rule: $0, redis: redis) }
        }
        authentication = Authentication(
            keys: try await SigningKeys(settings),
            store: stores.apiKeys,
            revocations: revocations,
            workerToken: settings.workerToken
        )
        self.hasher = hasher
        self.tenants = tenants
        throttle = LoginThrottle(redis: redis)
        limits = RequestLimits(
            changes: limiter("changes", settings.rateLimit),
            logins: limiter("logins", settings.loginLimit),
            reads: RateLimiter(
                "reads",
                rule: RateRule(limit: settings.tenantLimits[.readsPerWindow], window: settings.rateWindow),
                redis: redis
            ),
            readsOfTenant: { tenants.limit(.readsPerWindow, of: $0) },
            proxies: settings.trustedProxies
        )
    }
}
