extension WallClockPattern {
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
