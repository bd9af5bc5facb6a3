/// How long to wait between attempts: exponentially longer, and never quite the same.
///
/// The defaults are those of gRPC's connection backoff protocol.
public struct BackoffConfiguration: Sendable {
    /// The wait after the first failure.
    public var initial: Duration

    /// What each further failure multiplies the wait by.
    public var multiplier: Double

    /// The longest wait.
    public var maximum: Duration

    /// The part of a wait by which it may be shorter or longer, between 0 and 1.
    public var jitter: Double

    /// Waits that start at `initial` and grow by `multiplier` up to `maximum`.
    public init(
        initial: Duration = .seconds(1),
        multiplier: Double = 1.6,
        maximum: Duration = .seconds(120),
        jitter: Double = 0.2
    ) {
        self.initial = initial
        self.multiplier = multiplier
        self.maximum = maximum
        self.jitter = jitter
    }

    /// The wait after `failures` failures in a row, which is at least 1.
    func delay(afterFailures failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        var delay = initial
        var remaining = failures - 1
        while remaining > 0, delay < maximum {
            delay = delay * multiplier
            remaining -= 1
        }
        return min(delay, maximum) * Double.random(in: 1 - jitter...1 + jitter, using: &generator)
    }

    func delay(afterFailures failures: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return delay(afterFailures: failures, using: &generator)
    }
}
