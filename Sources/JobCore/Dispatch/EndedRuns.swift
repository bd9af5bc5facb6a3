import Metrics
import Postgres

/// What the ends of some runs led to, for those who publish and count.
public struct EndedRuns: Sendable {
    /// What is to be published, as jobs were queued again.
    public var announcements: [JobAnnouncement] = []
    /// The jobs that died.
    public var deaths: [DeadLetter] = []
    /// How many jobs wait for their backoff.
    public var retried = 0
    /// How many jobs were cancelled, as that had been asked.
    public var cancelled = 0

    /// Nothing yet.
    public init() {}

    /// Takes in what other runs led to.
    public mutating func add(_ other: EndedRuns) {
        announcements += other.announcements
        deaths += other.deaths
        retried += other.retried
        cancelled += other.cancelled
    }

    /// Takes in a row whose column `became` says in which state the job is now.
    mutating func add(_ row: PostgresRow) throws {
        switch try row.decode("became", as: JobState.self) {
        case .queued: announcements.append(try JobAnnouncement(row: row))
        case .dead: deaths.append(try DeadLetter(row: row))
        case .retrying: retried += 1
        case .cancelled: cancelled += 1
        case .scheduled, .running, .completed: break
        }
    }
}

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
