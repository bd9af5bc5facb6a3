/// When a job that failed is tried again.
public struct RetryPolicy: Hashable, Sendable, Codable {
    /// How the delay grows from attempt to attempt.
    public enum Strategy: String, CaseIterable, Hashable, Sendable, Codable {
        /// `base * factor^(attempt - 1)`.
        case exponential
        /// `base * attempt`.
        case linear
        /// `base`.
        case fixed
    }

    /// What a base and a longest delay may be, in seconds: up to a year.
    public static let delays: ClosedRange<Double> = 0...(365 * 86_400)
    /// What a factor may be.
    public static let factors: ClosedRange<Double> = 1...1_000

    /// How the delay grows.
    public var strategy: Strategy
    /// The delay after the first attempt, in seconds.
    public var base: Double
    /// What each further attempt multiplies an exponential delay with.
    public var factor: Double
    /// The longest delay, in seconds, before jitter.
    public var maxDelay: Double
    /// Whether the delay is drawn evenly between nothing and its full length, so that jobs that failed together do not
    /// come back together ("full jitter", AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).
    public var jitter: Bool

    private enum CodingKeys: String, CodingKey {
        case strategy, base, factor, maxDelay = "max_delay", jitter
    }

    /// A policy of one's own.
    public init(
        strategy: Strategy = .exponential,
        base: Double = 2,
        factor: Double = 2,
        maxDelay: Double = 3600,
        jitter: Bool = true
    ) {
        self.strategy = strategy
        self.base = base
        self.factor = factor
        self.maxDelay = maxDelay
        self.jitter = jitter
    }

    /// Exponential from 2 s with factor 2, at most an hour, with full jitter.
    public static let `default` = RetryPolicy()
    /// How many attempts a job has unless it says otherwise.
    public static let defaultMaxAttempts = 5

    /// How long to wait after an attempt that failed.
    ///
    /// - Parameters:
    ///   - attempt: The attempt that failed, counted from 1.
    ///   - generator: Where the jitter comes from.
    /// - Returns: The delay, never negative and never longer than ``maxDelay``.
    public func delay(afterAttempt attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let attempt = max(1, attempt)
        let grown =
            switch strategy {
            case .exponential: base * power(factor, attempt - 1)
            case .linear: base * Double(attempt)
            case .fixed: base
            }
        let full = min(max(0, grown), maxDelay)
        let seconds = jitter && full > 0 ? Double.random(in: 0...full, using: &generator) : full
        return .milliseconds(Int64((seconds * 1000).rounded()))
    }

    /// By squaring; overflow ends in infinity, which ``maxDelay`` caps.
    private func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, square, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }
}
