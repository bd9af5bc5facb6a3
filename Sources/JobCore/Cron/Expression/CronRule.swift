/// What an expression comes down to.
enum CronRule: Hashable, Sendable {
    /// The clock on the wall shows certain values.
    case wallClock(WallClockPattern)
    /// So many seconds have passed since the schedule was made, or since the last firing was due.
    case every(seconds: Int)
}
