/// What a scheduler did with the schedules that were due.
public struct ScheduleRound: Sendable {
    /// The jobs that were made and are to be published.
    public internal(set) var announcements: [JobAnnouncement] = []
    /// How many firings had no job, as the job before them had not ended.
    public internal(set) var dropped = 0
    /// Schedules that can no longer be read, and why; they are paused.
    public internal(set) var broken: [(schedule: Schedule, error: CronError)] = []
    /// Whether more may be due than was taken.
    public internal(set) var hasMore = false
}
