import Formats

/// What a zone's clock does year after year: a `TZ` string of POSIX (XBD, section 8.3) with the times of day from -167 to 167 hours that
/// zone files may have (RFC 9636, section 3.3.2).
struct ZoneRule: Hashable, Sendable {
    /// A day of each year, and when on it the clock is set.
    struct Day: Hashable, Sendable {
        enum Name: Hashable {
            /// From 1 to 365; February 29 is not counted.
            case withoutLeapDay(Int)
            /// From 0 to 365.
            case ofYear(Int)
            /// A day of the week (0 is Sunday) in a month's first to fourth week, or its last one (5).
            case ofWeek(Int, week: Int, month: Int)
        }

        let name: Name
        /// What the wall clock shows before it is set, in seconds after the day's beginning.
        let time: Int

        /// What the wall clock shows when it is set, as seconds since 1970 if it never were.
        func wall(in year: Int) -> Int { dayNumber(in: year) * WallClockPattern.secondsPerDay + time }

        private func dayNumber(in year: Int) -> Int {
            switch name {
            case .withoutLeapDay(let day):
                let isAfterLeapDay = day > 59 && CivilDate.days(inMonth: 2, of: year) == 29
                return CivilDate(year: year, month: 1, day: 1).dayNumber + day - (isAfterLeapDay ? 0 : 1)
            case .ofYear(let day):
                return CivilDate(year: year, month: 1, day: 1).dayNumber + day
            case .ofWeek(let weekday, let week, let month):
                let first = CivilDate(year: year, month: month, day: 1).dayNumber
                // 1970-01-01 was a Thursday.
                let day = (weekday - first - 4).flooredDivision(by: 7).remainder + (week - 1) * 7
                return first + (day < CivilDate.days(inMonth: month, of: year) ? day : day - 7)
            }
        }
    }

    /// The part of the year in which another offset holds: mostly in summer, in Ireland by law in winter.
    struct Saving: Hashable, Sendable {
        /// What is added to UTC, in seconds.
        let offset: Int
        let begin: Day
        let end: Day
    }

    /// What is added to UTC, in seconds.
    let standard: Int
    /// Nil when the clock is never set.
    let saving: Saving?

    /// Reads a `TZ` string; nil when it is none, or leaves open when the clock is set.
    init?(_ text: some Sequence<UInt8>) {
        var reader = ZoneRuleReader(text)
        guard reader.skipName(), let west = reader.offset() else { return nil }
        standard = -west
        if reader.isAtEnd {
            saving = nil
            return
        }
        guard reader.skipName() else { return nil }
        var offset = standard + 3_600
        if !reader.isAt(",") {
            guard let west = reader.offset() else { return nil }
            offset = -west
        }
        guard let begin = reader.day(), let end = reader.day(), reader.isAtEnd else { return nil }
        saving = Saving(offset: offset, begin: begin, end: end)
    }

    /// What the wall clock does from an instant on, in seconds since 1970. The next period may have the same offset.
    func period(from instant: Int) -> CronZone.Period {
        guard let saving else { return CronZone.Period(offset: standard, end: .max) }
        let year = CivilDate(dayNumber: instant.flooredDivision(by: WallClockPattern.secondsPerDay).quotient).year
        // A change may come more than a week before or after its year. Where the one part ends as the other begins, saving goes on:
        // so zone files write that it always holds.
        let changes = (year - 2...year + 2).flatMap { year in
            [
                (begin: saving.end.wall(in: year) - saving.offset, isSaving: false),
                (begin: saving.begin.wall(in: year) - standard, isSaving: true),
            ]
        }.sorted { ($0.begin, $0.isSaving ? 1 : 0) < ($1.begin, $1.isSaving ? 1 : 0) }
        let isSaving = changes.last { $0.begin <= instant }?.isSaving ?? false
        return CronZone.Period(
            offset: isSaving ? saving.offset : standard,
            end: changes.first { $0.begin > instant }?.begin ?? .max
        )
    }
}

/// Reads the parts of a `TZ` string from left to right.
private struct ZoneRuleReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: some Sequence<UInt8>) {
        rest = Array(text)[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    func isAt(_ character: Unicode.Scalar) -> Bool { rest.first == UInt8(ascii: character) }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isAt(character) else { return false }
        rest.removeFirst()
        return true
    }

    /// Passes over an abbreviation: letters, or anything in angle brackets.
    mutating func skipName() -> Bool {
        if skip("<") {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")), end > rest.startIndex else { return false }
            rest = rest[(end + 1)...]
            return true
        }
        let letters = rest.prefix { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0 & 0xDF) }
        rest = rest[letters.endIndex...]
        return letters.count >= 3
    }

    /// Hours, minutes and seconds that the clock is behind UTC, as seconds.
    mutating func offset() -> Int? { time(maxHours: 24) }

    /// A day and the time on it, 02:00 when it has none.
    mutating func day() -> ZoneRule.Day? {
        guard skip(","), let name = dayName() else { return nil }
        guard skip("/") else { return ZoneRule.Day(name: name, time: 7_200) }
        return time(maxHours: 167).map { ZoneRule.Day(name: name, time: $0) }
    }

    private mutating func dayName() -> ZoneRule.Day.Name? {
        if skip("J") { return number(in: 1...365).map { .withoutLeapDay($0) } }
        guard skip("M") else { return number(in: 0...365).map { .ofYear($0) } }
        guard let month = number(in: 1...12), skip("."), let week = number(in: 1...5), skip("."),
            let weekday = number(in: 0...6)
        else { return nil }
        return .ofWeek(weekday, week: week, month: month)
    }

    private mutating func time(maxHours: Int) -> Int? {
        let isNegative = skip("-")
        if !isNegative { _ = skip("+") }
        guard let hours = number(in: 0...maxHours) else { return nil }
        var seconds = hours * 3_600
        for unit in [60, 1] where skip(":") {
            guard let part = number(in: 0...59) else { return nil }
            seconds += part * unit
        }
        return isNegative ? -seconds : seconds
    }

    private mutating func number(in range: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest[digits.endIndex...]
        guard (1...3).contains(digits.count) else { return nil }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return range.contains(number) ? number : nil
    }
}
