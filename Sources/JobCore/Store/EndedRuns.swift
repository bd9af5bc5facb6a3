import Postgres

/// What the ends of some runs led to, for those who publish and count.
public struct EndedRuns: Sendable {
    /// What is to be published, as jobs were queued again.
    public var announcements: [JobAnnouncement] = []
    /// The jobs that died.
    public var deaths: [DeadLetter] = []
    /// How many jobs wait for their backoff.
    public var retried = 0
    /// How many jobs were cancelled, as they had been called off.
    public var cancelled = 0

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
