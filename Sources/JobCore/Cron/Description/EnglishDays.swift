/// The days of a schedule in words.
struct EnglishDays {
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private let days: DayPattern

    init(_ days: DayPattern) {
        self.days = days
    }

    /// `on Monday through Friday`, `on day 13 of the month or on Friday`, `in April`; empty when every day matches.
    var phrases: [String] {
        var either: [String] = []
        if !days.daysOfMonth.isUnrestricted { either.append("on \(daysOfMonth) of the month") }
        if !days.daysOfWeek.isUnrestricted { either.append("on \(daysOfWeek)") }
        var phrases = either.isEmpty ? [] : [either.joined(separator: " or ")]
        if days.months.all.count < Self.months.count { phrases.append("in \(months)") }
        return phrases
    }

    private var daysOfMonth: String {
        EnglishUnit("day", days.daysOfMonth, of: CronField.dayOfMonth.range).following
    }

    private var months: String {
        EnglishList.ranges(days.months.all, name: { Self.months[$0 - 1] }, follows: { $0 == $1 + 1 })
    }

    /// The week is a circle, which is said from Monday on unless a range runs across it: `Friday through Monday`.
    private var daysOfWeek: String {
        let days = days.daysOfWeek
        let fromMonday = Array(1...7)
        let begin = fromMonday.first { days.contains($0 % 7) && !days.contains($0 - 1) } ?? 1
        let values = (begin..<begin + 7).map { $0 % 7 }.filter(days.contains)
        return EnglishList.ranges(values, name: { Self.weekdays[$0] }, follows: { $0 == ($1 + 1) % 7 })
    }
}
