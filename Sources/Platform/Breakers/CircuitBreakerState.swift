/// The decisions of a circuit breaker: whether a call may be made now, and what its outcome means for the next ones.
///
///     closed --(failures in a row, or one call that came too late)--> open --(its time is over)--> half open
///     half open --(trial calls succeed)--> closed          half open --(one fails)--> open, for twice as long
///
/// Pure: time comes in as a parameter. Outcomes of calls that began before the last change of phase are not heeded: they say
/// nothing about the present.
public struct CircuitBreakerState: Sendable {
    /// When a circuit opens and closes.
    public struct Settings: Hashable, Sendable {
        /// How many calls in a row must fail for the circuit to open.
        public var failuresToOpen: Int
        /// How many trial calls in a row must succeed for it to close. They are made one at a time.
        public var successesToClose: Int
        /// How long it is open at first; twice as long after each trial that fails.
        public var firstOpening: Duration
        /// The longest it is open between two trials.
        public var longestOpening: Duration

        /// Settings for one circuit.
        public init(
            failuresToOpen: Int = 5,
            successesToClose: Int = 2,
            firstOpening: Duration = .seconds(1),
            longestOpening: Duration = .seconds(10)
        ) {
            self.failuresToOpen = failuresToOpen
            self.successesToClose = successesToClose
            self.firstOpening = firstOpening
            self.longestOpening = longestOpening
        }
    }

    /// Where a circuit stands.
    public enum Phase: Hashable, Sendable {
        /// Calls are made; so many in a row have failed.
        case closed(failures: Int)
        /// No call is made until then.
        case open(until: ContinuousClock.Instant)
        /// One call at a time finds out whether the other side is back; so many in a row have succeeded.
        case halfOpen(isTrying: Bool, successes: Int)
    }

    /// The right to make one call. Its outcome goes to ``end(_:_:now:)``.
    public struct Permit: Hashable, Sendable {
        fileprivate let generation: UInt64
    }

    /// The answer to whoever wants to make a call.
    public enum Answer: Hashable, Sendable {
        /// Make it.
        case permitted(Permit)
        /// Don't; try again after so long.
        case refused(retryAfter: Duration)
    }

    /// How a call ended.
    public enum Outcome: Hashable, Sendable {
        /// The other side answered.
        case success
        /// It did not, or said that it cannot.
        case failure
        /// It took longer than any call should: nobody need wait for more of them to know.
        case late
        /// Nothing can be told, as the caller gave up.
        case unknown
    }

    private let settings: Settings
    /// Where the circuit stands.
    public private(set) var phase = Phase.closed(failures: 0)
    private var generation: UInt64 = 0
    /// How long it will be open next time.
    private var opening: Duration

    /// A closed circuit.
    public init(settings: Settings) {
        self.settings = settings
        opening = settings.firstOpening
    }

    /// Asks to make a call.
    public mutating func begin(now: ContinuousClock.Instant) -> Answer {
        switch phase {
        case .closed:
            return .permitted(Permit(generation: generation))
        case .open(let until) where now < until:
            return .refused(retryAfter: now.duration(to: until))
        case .open:
            enter(.halfOpen(isTrying: true, successes: 0))
            return .permitted(Permit(generation: generation))
        case .halfOpen(isTrying: true, _):
            return .refused(retryAfter: settings.firstOpening)
        case .halfOpen(isTrying: false, let successes):
            phase = .halfOpen(isTrying: true, successes: successes)
            return .permitted(Permit(generation: generation))
        }
    }

    /// Takes note of how a call ended.
    public mutating func end(_ permit: Permit, _ outcome: Outcome, now: ContinuousClock.Instant) {
        guard permit.generation == generation else { return }
        switch (phase, outcome) {
        case (.open, _), (.closed, .unknown):
            break
        case (.closed, .success):
            phase = .closed(failures: 0)
        case (.closed(let failures), .failure) where failures + 1 < settings.failuresToOpen:
            phase = .closed(failures: failures + 1)
        case (.closed, .failure), (.closed, .late), (.halfOpen, .failure), (.halfOpen, .late):
            enter(.open(until: now + opening))
            opening = min(opening * 2, settings.longestOpening)
        case (.halfOpen(_, let successes), .unknown):
            phase = .halfOpen(isTrying: false, successes: successes)
        case (.halfOpen(_, let successes), .success) where successes + 1 < settings.successesToClose:
            phase = .halfOpen(isTrying: false, successes: successes + 1)
        case (.halfOpen, .success):
            enter(.closed(failures: 0))
            opening = settings.firstOpening
        }
    }

    private mutating func enter(_ phase: Phase) {
        self.phase = phase
        generation += 1
    }
}
