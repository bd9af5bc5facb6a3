import Formats

/// What the clock on the wall shows when a schedule fires.
///
/// A wall time is written as the seconds that would have passed since 1970 if the wall clock had never been set, so that
/// times of day and days come out by division.
struct WallClockPattern: Hashable, Sendable {
    /// The last year that is looked at; RFC 3339 can write no later one.
    static let lastYear = 9999
    static let secondsPerDay = 86_400

    let seconds: CronValues
    let minutes: CronValues
    let hours: CronValues
    let days: DayPattern

    /// The first matching wall time that is not before another; nil when it would come after ``lastYear``.
    func next(atOrAfter wall: Int) -> Int? {
        let (dayNumber, second) = wall.flooredDivision(by: Self.secondsPerDay)
        let date = CivilDate(dayNumber: dayNumber)
        if date.year <= Self.lastYear, days.contains(date), let time = time(atOrAfter: second) {
            return dayNumber * Self.secondsPerDay + time
        }
        guard let next = days.next(after: date, throughYear: Self.lastYear) else { return nil }
        return next.dayNumber * Self.secondsPerDay + hours.first * 3_600 + minutes.first * 60 + seconds.first
    }

    /// The first matching time of day, in seconds, that is not before another.
    private func time(atOrAfter second: Int) -> Int? {
        let (hour, minute) = (second / 3_600, second / 60 % 60)
        if hours.contains(hour) {
            if minutes.contains(minute), let second = seconds.first(atOrAfter: second % 60) {
                return hour * 3_600 + minute * 60 + second
            }
            if let minute = minutes.first(atOrAfter: minute + 1) {
                return hour * 3_600 + minute * 60 + seconds.first
            }
        }
        guard let hour = hours.first(atOrAfter: hour + 1) else { return nil }
        return hour * 3_600 + minutes.first * 60 + seconds.first
    }

    /// No clock is further than this from UTC (RFC 9636, section 3.2), in seconds.
    private static let widestOffset = 26 * 3_600

    /// The first firing after an instant, both in seconds since 1970; nil when it would come after ``lastYear``.
    func nextInstant(after instant: Int, in zone: CronZone) -> Int? {
        hours.followsElapsedTime ? nextShowing(after: instant, in: zone) : nextReached(after: instant, in: zone)
    }

    /// The first instant at which the wall clock shows a matching time: both times when an hour repeats, and never in an
    /// hour that is skipped.
    private func nextShowing(after instant: Int, in zone: CronZone) -> Int? {
        var start = instant + 1
        while let period = zone.period(from: start), let wall = next(atOrAfter: start + period.offset) {
            if wall - period.offset < period.end { return wall - period.offset }
            start = period.end
        }
        return nil
    }

    /// The first instant at which the wall clock reaches a matching time that it had not reached before.
    ///
    /// A wall clock that is set forward reaches all the times that it skips at once, and one that is set back shows times that
    /// it reached before. So what is asked for is the first match past the highest time that the clock has shown, and
    /// then the instant at which the clock gets there.
    private func nextReached(after instant: Int, in zone: CronZone) -> Int? {
        guard let wall = next(atOrAfter: highestWall(through: instant, in: zone) + 1) else { return nil }
        var start = max(instant + 1, wall - Self.widestOffset)
        while let period = zone.period(from: start) {
            let reached = max(start, wall - period.offset)
            if reached < period.end { return reached }
            start = period.end
        }
        return nil
    }

    /// The highest time that the wall clock has shown up to an instant.
    private func highestWall(through instant: Int, in zone: CronZone) -> Int {
        var (start, highest) = (instant - Self.widestOffset, Int.min)
        while start <= instant, let period = zone.period(from: start) {
            highest = max(highest, min(instant, period.end - 1) + period.offset)
            start = period.end
        }
        return highest
    }
}
