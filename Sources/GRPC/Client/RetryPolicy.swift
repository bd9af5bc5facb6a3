public import Concurrency
import Synchronization

/// When a call marked idempotent is tried again after `UNAVAILABLE`.
///
/// From gRPC's "A6: client retries". Calls that no server has begun to handle, because it refused them or went away first, are always tried
/// again and do not count.
public struct RetryPolicy: Sendable {
    /// How often a call is tried at most, the first time included; 1 for never again.
    public var maxAttempts: Int

    /// The waits in between.
    public var backoff: Backoff

    /// Retries in a row that the budget allows: each failed attempt takes one from it, each success gives some back, and while less than
    /// half is left nothing is tried again, so that retries do not drown a server in trouble.
    public var budget: Int

    /// The part of a retry that a successful call gives back.
    public var budgetPerSuccess: Double

    /// Bytes of requests kept for another attempt; a call that has sent more is not tried again.
    public var bufferSize: Int

    /// By default at most three attempts, from 50 ms apart.
    public init(
        maxAttempts: Int = 3,
        backoff: Backoff = Backoff(first: .milliseconds(50), longest: .seconds(2), jitter: 0.5...1.5),
        budget: Int = 100,
        budgetPerSuccess: Double = 0.1,
        bufferSize: Int = 64 * 1024
    ) {
        self.maxAttempts = maxAttempts
        self.backoff = backoff
        self.budget = budget
        self.budgetPerSuccess = budgetPerSuccess
        self.bufferSize = bufferSize
    }
}

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
