/// How long to wait between tries: longer after each failure, and never quite the same.
///
/// The jitter spreads those that lost the same server.
public struct Backoff: Sendable, Hashable {
    /// The wait after the first failure.
    public var first: Duration
    /// The longest wait, before jitter.
    public var longest: Duration
    /// What each further failure multiplies the wait by.
    public var factor: Double
    /// The parts of a wait between which it is drawn evenly; `1...1` takes it whole.
    public var jitter: ClosedRange<Double>
    private var failures = 0

    /// Waits that begin at `first` and grow by `factor` up to `longest`.
    public init(first: Duration, longest: Duration, factor: Double = 2, jitter: ClosedRange<Double> = 0.5...1) {
        self.first = first
        self.longest = longest
        self.factor = factor
        self.jitter = jitter
    }

    /// The wait after so many failures in a row.
    ///
    /// - Parameters:
    ///   - failures: At least 1.
    ///   - place: Where in the jitter's range, from 0 to 1.
    package func delay(afterFailures failures: Int, at place: Double = .random(in: 0...1)) -> Duration {
        var delay = first
        var remaining = failures - 1
        while remaining > 0, delay < longest {
            delay = delay * factor
            remaining -= 1
        }
        return min(delay, longest) * (jitter.lowerBound + place * (jitter.upperBound - jitter.lowerBound))
    }

    /// Counts one more failure and says how long to wait.
    ///
    /// - Parameter place: Where in the jitter's range, from 0 to 1.
    package mutating func next(at place: Double = .random(in: 0...1)) -> Duration {
        failures += 1
        return delay(afterFailures: failures, at: place)
    }

    /// A try went well: the next failure is the first.
    package mutating func reset() {
        failures = 0
    }
}
