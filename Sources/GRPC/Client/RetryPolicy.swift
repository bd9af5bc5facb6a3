/// When a call marked idempotent is tried again after `UNAVAILABLE`.
///
/// From gRPC's "A6: client retries". Calls that no server has begun to handle, because it refused them or went away first, are always tried
/// again and do not count.
public struct RetryPolicy: Sendable {
    /// How often a call is tried at most, the first time included; 1 for never again.
    public var maxAttempts: Int

    /// The waits in between.
    public var backoff: BackoffConfiguration

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
        backoff: BackoffConfiguration = BackoffConfiguration(
            initial: .milliseconds(50),
            multiplier: 2,
            maximum: .seconds(2),
            jitter: 0.5
        ),
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
