import JobCore

/// Records that wait for others to go with: each request to Kafka, and all that it leads to, costs something of its own however small it is.
///
/// The more jobs come at once, the longer they wait for more since the last sending, and at most ``longest``. A job that comes alone never
/// waits, and neither do many that are enough by themselves. Pure: it is told the time and answers what to send and when to look again.
struct RecordGathering {
    /// How long each further job makes those before it wait.
    static let patience = Duration.milliseconds(2)
    /// The longest that a job waits.
    static let longest = Duration.milliseconds(15)
    /// How many go together at most, unless they came together.
    static let most = JobPublisher.recordsPerBacklog

    private var waiting: [JobAnnouncement] = []
    private var sentAt: ContinuousClock.Instant?
    /// Whether somebody looks again.
    private var isAwaited = false

    /// When those that wait are to be sent.
    private var due: ContinuousClock.Instant? {
        sentAt.map { $0 + min(Self.longest, Self.patience * (waiting.count - 1)) }
    }

    /// Jobs came.
    ///
    /// - Returns: What is to be sent, each batch together, and when somebody has to look again, if nobody does yet.
    mutating func add(
        _ announcements: [JobAnnouncement],
        at now: ContinuousClock.Instant
    ) -> (batches: [[JobAnnouncement]], wakeAt: ContinuousClock.Instant?) {
        guard !announcements.isEmpty else { return ([], nil) }
        var batches: [[JobAnnouncement]] = []
        if !waiting.isEmpty, waiting.count + announcements.count > Self.most { batches.append(takeAll(at: now)) }
        waiting += announcements
        guard waiting.count < Self.most, let due, due > now else { return (batches + [takeAll(at: now)], nil) }
        guard !isAwaited else { return (batches, nil) }
        isAwaited = true
        return (batches, due)
    }

    /// It is time to look again.
    ///
    /// - Returns: What is to be sent, and when to look once more.
    mutating func wake(
        at now: ContinuousClock.Instant
    ) -> (batch: [JobAnnouncement], wakeAt: ContinuousClock.Instant?) {
        if !waiting.isEmpty, let due, due > now { return ([], due) }
        isAwaited = false
        return (waiting.isEmpty ? [] : takeAll(at: now), nil)
    }

    /// Takes all that wait.
    mutating func takeAll(at now: ContinuousClock.Instant) -> [JobAnnouncement] {
        sentAt = now
        defer { waiting = [] }
        return waiting
    }
}
