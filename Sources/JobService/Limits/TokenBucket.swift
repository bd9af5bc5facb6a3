import Concurrency

/// So many at once, and so many in each second after that. Pure.
struct TokenBucket: Sendable {
    private let burst: Double
    private let perSecond: Double
    private var tokens: Double
    private var filledAt: ContinuousClock.Instant

    /// A full bucket.
    init(burst: Double, perSecond: Double, at now: ContinuousClock.Instant) {
        (self.burst, self.perSecond) = (burst, perSecond)
        (tokens, filledAt) = (burst, now)
    }

    /// How many there are.
    func count(at now: ContinuousClock.Instant) -> Double {
        min(burst, tokens + max(0, filledAt.duration(to: now).inSeconds) * perSecond)
    }

    /// Whether it is as full as can be, so that one that is made anew is the same.
    func isFull(at now: ContinuousClock.Instant) -> Bool { count(at: now) >= burst }

    /// Takes as many as there are, and at most so many.
    mutating func take(upTo wanted: Int, at now: ContinuousClock.Instant) -> Int {
        let there = count(at: now)
        let taken = min(wanted, Int(there))
        (tokens, filledAt) = (there - Double(taken), max(now, filledAt))
        return taken
    }
}
