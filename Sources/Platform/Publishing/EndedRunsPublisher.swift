public import JobCore

/// Tells the world what the ends of runs led to, for whoever put them on record.
public struct EndedRunsPublisher: Sendable {
    private let jobs: JobPublisher
    private let deadLetters: DeadLetterPublisher
    private let meters: JobMeters

    /// Publishes queued jobs and dead letters, and counts all ends.
    public init(jobs: JobPublisher, deadLetters: DeadLetterPublisher, meters: JobMeters) {
        self.jobs = jobs
        self.deadLetters = deadLetters
        self.meters = meters
    }

    /// Publishes and counts, and returns at once.
    public func publish(_ ended: EndedRuns) {
        jobs.publish(ended.announcements)
        deadLetters.publish(ended.deaths)
        meters.ended(ended.ends)
    }
}
