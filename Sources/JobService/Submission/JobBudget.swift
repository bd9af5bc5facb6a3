public import JobCore

/// How many jobs a tenant may submit in a while, however they come: one by one or in batches, by handlers, as replays, by hand of a schedule.
public struct JobBudget: Sendable {
    private let limiter: RateLimiter
    private let limit: @Sendable (TenantName) -> Int

    /// A budget.
    ///
    /// - Parameters:
    ///   - limiter: Counts them.
    ///   - limit: How many a tenant may submit in each window.
    public init(_ limiter: RateLimiter, limit: @escaping @Sendable (TenantName) -> Int) {
        self.limiter = limiter
        self.limit = limit
    }

    /// The budget that the settings give each tenant, unless it has one of its own.
    init(_ settings: JobServiceSettings, redis: GuardedRedis, tenants: TenantDirectory) {
        let rule = RateRule(limit: settings.tenantLimits[.jobsPerWindow], window: settings.rateWindow)
        self.init(RateLimiter("jobs", rule: rule, redis: redis)) { tenants.limit(.jobsPerWindow, of: $0) }
    }

    /// Takes jobs out of a tenant's budget: all of them, or none.
    ///
    /// - Parameter owed: How many more it is charged with that were submitted before anybody knew how many they were.
    /// - Throws: ``JobBudgetSpent``.
    public func spend(_ jobs: Int, of tenant: TenantName, owed: Int = 0) async throws(JobBudgetSpent) {
        guard jobs + owed > 0 else { return }
        let limit = limit(tenant)
        let rule = RateRule(limit: limit, window: limiter.rule.window)
        guard jobs <= limit else { throw JobBudgetSpent(jobs: jobs, rule: rule, decision: nil) }
        let decision = await limiter.admit("tenant:\(tenant)", weight: jobs, owed: owed, limit: limit)
        guard decision.isAdmitted else { throw JobBudgetSpent(jobs: jobs, rule: rule, decision: decision) }
    }
}

/// A tenant has submitted as many jobs as it may; none was taken.
public struct JobBudgetSpent: Error, CustomStringConvertible {
    /// How many were to be submitted.
    public let jobs: Int
    /// How many may be, in which time.
    public let rule: RateRule
    /// How many are left, and after how long as many may be submitted; nil when they are more than may ever be.
    public let decision: RateDecision?

    /// Which limit it is.
    public var limit: TenantLimitReached {
        let used = decision.map { rule.limit - $0.remaining } ?? 0
        return TenantLimitReached(.jobsPerWindow, maximum: rule.limit, used: used)
    }

    /// Says what to do.
    public var description: String {
        let seconds = Quota.wholeSeconds(rule.window)
        guard let decision else {
            return """
                \(jobs) jobs at once are more than the \(rule.limit) that the tenant may submit in \(seconds) s; submit them in smaller \
                batches, or have an administrator raise \(TenantLimit.jobsPerWindow.rawValue)
                """
        }
        return """
            the tenant may submit \(rule.limit) jobs in \(seconds) s, and \(decision.remaining) are left, which is too few for \
            \(jobs); try again in \(Quota.wholeSeconds(decision.retryAfter)) s
            """
    }
}
