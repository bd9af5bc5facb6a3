/// What a failed attempt leads to.
public enum FailureDecision: Hashable, Sendable {
    /// Another attempt after the delay.
    case retry(after: Duration)
    /// The dead letters, and why.
    case bury(DeadReason)

    /// Decides what a failed attempt leads to.
    ///
    /// - Parameters:
    ///   - attempt: The attempt that failed, counted from 1.
    ///   - maxAttempts: How many the job has.
    ///   - isFinal: Whether the handler said that another attempt is pointless.
    ///   - retryAfter: The handler's own delay, which goes before the policy's.
    ///   - policy: The job's retry policy.
    ///   - generator: Where the jitter comes from.
    public init(
        attempt: Int,
        maxAttempts: Int,
        isFinal: Bool,
        retryAfter: Duration?,
        policy: RetryPolicy,
        using generator: inout some RandomNumberGenerator
    ) {
        if isFinal {
            self = .bury(.discarded)
        } else if attempt >= maxAttempts {
            self = .bury(.attemptsExhausted)
        } else {
            self = .retry(after: retryAfter ?? policy.delay(afterAttempt: attempt, using: &generator))
        }
    }
}

/// Why a job lies among the dead letters.
public enum DeadReason: String, CaseIterable, Hashable, Sendable {
    /// Its last attempt failed.
    case attemptsExhausted = "attempts_exhausted"
    /// Its handler said that another attempt is pointless.
    case discarded
}
