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
}
