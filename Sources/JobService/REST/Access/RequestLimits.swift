import Concurrency
import HTTPTypes
import Hummingbird
import JobCore
import JobStore

/// How many requests are admitted, of whom and from where.
struct RequestLimits: Sendable {
    /// What a principal, or else an address, may change; nil for any number.
    let changes: RateLimiter?
    /// What an address may try to get in; nil for any number.
    let logins: RateLimiter?
    /// What a tenant, or else an address, may read.
    let reads: RateLimiter
    /// How much of that, in each window.
    let readsOfTenant: @Sendable (TenantName) -> Int
    /// Whose word on a client's address is believed.
    let proxies: [IPNetwork]

    private static let forwardedForName = HTTPField.Name("X-Forwarded-For")

    /// From where a request comes, as limits count it.
    ///
    /// - Parameter peer: The address at the other end of the connection.
    func address(of request: Request, peer: String?) -> String {
        let forwardedFor = Self.forwardedForName.map { request.headers[values: $0] } ?? []
        return ClientAddress.of(peer: peer, forwardedFor: forwardedFor, proxies: proxies)
    }

    /// Counts a request. Credentials that are worth nothing count against their address, whatever is asked with them.
    ///
    /// - Returns: What is left; nil when nothing was counted.
    /// - Throws: ``Problem/rateLimited(_:)``; ``Problem/limitReached(_:)``.
    func admit(
        _ budget: AccessRule.Budget,
        _ identified: Result<Caller, Problem>,
        from address: String
    ) async throws(Problem) -> Quota? {
        let (key, isForged) =
            switch identified {
            case .success(let caller): ("principal:\(caller.principal.subject)", false)
            case .failure(let problem): ("address:\(address)", problem.slug != Problem.authenticationRequired.slug)
            }
        if case .reads(let cost) = budget, !isForged {
            return try await admit(cost, from: key, of: (try? identified.get())?.principal.tenant)
        }
        let limiter: RateLimiter? =
            switch budget {
            case .none, .reads: isForged ? changes : nil
            case .changes: changes
            case .logins: logins
            }
        guard let limiter else { return nil }
        let decision = await limiter.admit(key)
        let quota = Quota(rule: limiter.rule, decision: decision)
        guard decision.isAdmitted else { throw .rateLimited(quota) }
        return quota
    }

    private func admit(
        _ cost: AccessRule.ReadCost,
        from address: String,
        of tenant: TenantName?
    ) async throws(Problem) -> Quota {
        let rule = RateRule(limit: tenant.map(readsOfTenant) ?? reads.rule.limit, window: reads.rule.window)
        let decision = await reads.admit(
            tenant.map { "tenant:\($0)" } ?? address,
            weight: cost.rawValue,
            limit: rule.limit
        )
        let quota = Quota(rule: rule, decision: decision)
        guard decision.isAdmitted else {
            guard tenant != nil else { throw .rateLimited(quota) }
            let used = rule.limit - decision.remaining
            var problem = Problem.limitReached(TenantLimitReached(.readsPerWindow, maximum: rule.limit, used: used))
            quota.write(to: &problem.headers)
            throw problem
        }
        return quota
    }
}

/// What a client is told about a limit (draft-ietf-httpapi-ratelimit-headers-06).
struct Quota: Sendable {
    private static let names = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"].compactMap {
        HTTPField.Name($0)
    }

    let rule: RateRule
    let decision: RateDecision

    /// Adds it to the head of an answer: how many are allowed, how many are left, and in how many seconds there will be more:
    /// one, for who has none; all, for who has some.
    func write(to headers: inout HTTPFields) {
        let reset = decision.isAdmitted ? rule.window : decision.retryAfter
        let values = [rule.limit, decision.remaining, Self.wholeSeconds(reset)]
        for (name, value) in zip(Self.names, values) { headers[name] = String(value) }
        if !decision.isAdmitted { headers[.retryAfter] = String(Self.wholeSeconds(decision.retryAfter)) }
    }

    static func wholeSeconds(_ duration: Duration) -> Int {
        max(1, Int((duration / .seconds(1)).rounded(.up)))
    }
}
