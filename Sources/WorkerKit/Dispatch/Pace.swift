import Concurrency

/// How fast runs end and how long an exchange takes: what tells how many grants must wait so that no slot does.
///
/// When the database is busy, an exchange takes as long as what waits before it, and more grants would only make that line longer,
/// for a critical job as well. A heartbeat does not stand in that line: it tells how far away the job-service is.
struct Pace {
    /// Runs are counted for so many periods of that length.
    private static let (periods, period) = (10, Duration.milliseconds(50))
    /// The longest time an exchange is taken to need.
    private static let longest = Duration.seconds(1)
    /// How much longer than a heartbeat an exchange may take: what a full transaction needs, and the one before it.
    private static let work = Duration.milliseconds(12)

    private var counts = Array(repeating: 0, count: periods)
    private var index = 0
    private var periodEnd: ContinuousClock.Instant?
    private var exchange = Duration.zero
    private var heartbeat: Duration?

    /// How many runs end during two round trips.
    private(set) var ahead = 0

    /// A run ended.
    mutating func finished(at now: ContinuousClock.Instant) {
        advance(to: now)
        counts[index] += 1
    }

    /// An exchange was answered.
    mutating func answered(after duration: Duration) {
        let bounded = min(duration, Self.longest)
        exchange = exchange == .zero ? bounded : (exchange * 3 + bounded) / 4
    }

    /// A heartbeat was answered.
    mutating func heard(after duration: Duration) {
        let bounded = min(duration, Self.longest)
        heartbeat = heartbeat.map { ($0 * 3 + bounded) / 4 } ?? bounded
    }

    /// Time went by.
    mutating func advance(to now: ContinuousClock.Instant) {
        guard let end = periodEnd else {
            periodEnd = now + Self.period
            return
        }
        guard now >= end else { return }
        let passed = min(Self.periods, 1 + Int(end.duration(to: now) / Self.period))
        for _ in 0..<passed {
            index = (index + 1) % Self.periods
            counts[index] = 0
        }
        periodEnd = now + Self.period
        // The present period has only begun.
        let rate = Double(counts.reduce(0, +)) / (Self.period * (Self.periods - 1)).inSeconds
        let roundTrip = min(exchange, (heartbeat ?? Self.longest) + Self.work)
        ahead = Int(rate * roundTrip.inSeconds * 2)
    }
}
