public import JobCore
import Metrics

/// Tells the world what the ends of runs led to, for whoever put them on record.
public struct EndedRunsPublisher: Sendable {
    private let jobs: JobPublisher
    private let deadLetters: DeadLetterPublisher
    private let retried = Counter(label: "qf_job_retries_total")
    private let cancelled = Counter(label: "qf_jobs_cancelled_total", dimensions: [("while", "running")])

    /// Publishes queued jobs and dead letters.
    public init(jobs: JobPublisher, deadLetters: DeadLetterPublisher) {
        self.jobs = jobs
        self.deadLetters = deadLetters
    }

    /// Publishes and counts, and returns at once.
    public func publish(_ ended: EndedRuns) {
        jobs.publish(ended.announcements)
        deadLetters.publish(ended.deaths)
        retried.increment(by: ended.retried)
        cancelled.increment(by: ended.cancelled)
    }
}
