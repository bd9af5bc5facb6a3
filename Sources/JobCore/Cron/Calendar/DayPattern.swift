import Formats

/// The days on which a wall-clock schedule fires.
struct DayPattern: Hashable, Sendable {
    let daysOfMonth: CronValues
    let months: CronValues
    let daysOfWeek: CronValues

    /// Whether there is such a day in any year.
    ///
    /// Each weekday falls into each month, so only days of the month by themselves can be impossible.
    var everComes: Bool {
        if daysOfMonth.isUnrestricted || !daysOfWeek.isUnrestricted { return true }
        return months.all.contains { CivilDate.days(inMonth: $0, of: 2000) >= daysOfMonth.first }
    }

    /// Whether a day is among them.
    func contains(_ date: CivilDate) -> Bool {
        months.contains(date.month) && days(ofMonth: date.month, year: date.year) >> UInt64(date.day) & 1 == 1
    }

    /// The first such day that comes later than another; nil when it is not before the end of the year given.
    ///
    /// A month is looked at as a whole, and months without days are passed over, so that even the way from one
    /// February 29 to the next one of eight years later has only eight steps.
    func next(after date: CivilDate, throughYear lastYear: Int) -> CivilDate? {
        var (year, month, first) = (date.year, date.month, date.day + 1)
        while true {
            guard let next = months.first(atOrAfter: month) else {
                (year, month, first) = (year + 1, 1, 1)
                continue
            }
            if next != month { (month, first) = (next, 1) }
            if year > lastYear { return nil }
            let rest = days(ofMonth: month, year: year) >> UInt64(first)
            if rest != 0 { return CivilDate(year: year, month: month, day: first + rest.trailingZeroBitCount) }
            (month, first) = (month + 1, 1)
        }
    }

    /// The month's matching days, bit n for day n.
    ///
    /// When day of month and day of week are both restricted a day matches if either does (POSIX, `crontab`).
    private func days(ofMonth month: Int, year: Int) -> UInt64 {
        let month = (
            first: CivilDate(year: year, month: month, day: 1), length: CivilDate.days(inMonth: month, of: year)
        )
        let matching =
            switch (daysOfMonth.isUnrestricted, daysOfWeek.isUnrestricted) {
            case (true, true): UInt64.max
            case (false, true): daysOfMonth.bits
            case (true, false): weekdays(from: month.first)
            case (false, false): daysOfMonth.bits | weekdays(from: month.first)
            }
        return matching & ((1 << UInt64(month.length + 1)) - 2)
    }

    /// Bit n is set when the n-th day from the first one on has a matching day of the week.
    private func weekdays(from first: CivilDate) -> UInt64 {
        // Seven weeks from a Sunday on; 1970-01-01 was a Thursday.
        let weeks = daysOfWeek.bits &* 0x0000_0408_1020_4081
        let weekday = (first.dayNumber + 4).flooredDivision(by: 7).remainder
        return (weeks >> UInt64(weekday)) << 1
    }
}
