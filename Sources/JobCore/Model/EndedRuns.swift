/// What the ends of some runs led to, for those who publish and count.
public struct EndedRuns: Sendable {
    /// What is to be published, as jobs were queued again.
    public var announcements: [JobAnnouncement] = []
    /// The jobs that died.
    public var deaths: [DeadLetter] = []
    /// How many jobs wait for their backoff.
    public var retried = 0
    /// Which jobs were cancelled, as that had been asked, by whose they are.
    public var cancelledJobs = JobsByTenant()

    /// How the runs ended, to be counted.
    public var ends = RunEnds()

    /// Nothing yet.
    public init() {}

    /// How many jobs were cancelled.
    public var cancelled: Int { cancelledJobs.count }

    /// Takes in what other runs led to.
    public mutating func add(_ other: EndedRuns) {
        announcements += other.announcements
        deaths += other.deaths
        retried += other.retried
        cancelledJobs.add(other.cancelledJobs)
        ends.add(other.ends)
    }
}
