import Synchronization

/// Keeps a client's retries in proportion to its successes.
///
/// The token bucket of gRPC's "A6: client retries", section "Throttling".
final class RetryBudget: Sendable {
    private let policy: RetryPolicy
    private let tokens: Mutex<Double>

    init(policy: RetryPolicy) {
        self.policy = policy
        tokens = Mutex(Double(policy.budget))
    }

    /// Notes a failed attempt; whether it may be followed by another.
    func failed() -> Bool {
        tokens.withLock { tokens in
            tokens = max(0, tokens - 1)
            return tokens > Double(policy.budget) / 2
        }
    }

    /// Notes a call that succeeded.
    func succeeded() {
        tokens.withLock { tokens in
            guard tokens < Double(policy.budget) else { return }
            tokens = min(Double(policy.budget), tokens + policy.budgetPerSuccess)
        }
    }
}
