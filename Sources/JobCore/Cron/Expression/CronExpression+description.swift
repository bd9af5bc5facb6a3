extension CronExpression {
    /// When it fires, in English: `At 09:30 on Monday through Friday`, `Every 15 minutes of hours 9 through 17`.
    ///
    /// It is made from the values and not from the text, so that expressions which mean the same read the same.
    public var englishDescription: String {
        switch rule {
        case .every(let seconds): "Every \(EnglishDuration(seconds: seconds).text)"
        case .wallClock(let pattern):
            ([EnglishTime(pattern).text] + EnglishDays(pattern.days).phrases).joined(separator: " ")
        }
    }
}

/// The times of day of a schedule in words.
struct EnglishTime {
    /// So many times of day are listed; more of them are described by their units.
    private static let mostListed = 4

    private let pattern: WallClockPattern

    init(_ pattern: WallClockPattern) {
        self.pattern = pattern
    }

    /// `At 09:30`, `Every 15 minutes`, `At second 30 of every minute of hours 9 through 17`.
    var text: String {
        let (seconds, minutes, hours) = (pattern.seconds.all, pattern.minutes.all, pattern.hours.all)
        if seconds.count * minutes.count * hours.count <= Self.mostListed {
            let times = hours.flatMap { hour in
                minutes.flatMap { minute in seconds.map { time([hour, minute] + (seconds == [0] ? [] : [$0])) } }
            }
            return "At \(EnglishList.join(times))"
        }
        return units
    }

    /// From the finest unit to the coarsest. One that says nothing is left out after one that says `every`.
    private var units: String {
        var units = [
            EnglishUnit("second", pattern.seconds, of: CronField.second.range),
            EnglishUnit("minute", pattern.minutes, of: CronField.minute.range),
            EnglishUnit("hour", pattern.hours, of: CronField.hour.range),
        ]
        if pattern.seconds.all == [0] { units.removeFirst() }
        while units.count > 1, units[units.count - 1].isEvery {
            let finer = units[units.count - 2]
            guard finer.isEvery || finer.step != nil else { break }
            units.removeLast()
        }
        return ([units[0].leading] + units.dropFirst().map(\.following)).joined(separator: " of ")
    }

    private func time(_ parts: [Int]) -> String {
        parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}

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

/// A duration in words: `1 hour and 30 minutes`, or `hour` when it is one of its unit.
struct EnglishDuration {
    let seconds: Int

    var text: String {
        let parts = [("hour", seconds / 3_600), ("minute", seconds / 60 % 60), ("second", seconds % 60)]
            .filter { $0.1 > 0 }
        if let only = parts.first, parts.count == 1, only.1 == 1 { return only.0 }
        return EnglishList.join(parts.map { "\($0.1) \($0.0)\($0.1 == 1 ? "" : "s")" })
    }
}

/// The values of one unit of time (second, minute, hour, day) in words.
struct EnglishUnit {
    let name: String
    private let values: [Int]
    private let range: ClosedRange<Int>

    init(_ name: String, _ values: CronValues, of range: ClosedRange<Int>) {
        self.name = name
        self.values = values.all
        self.range = range
    }

    /// Whether it says nothing, because every value matches.
    var isEvery: Bool { values.count == range.count }

    /// The distance of values that lie evenly over the whole range, such as those of `*/15`; nil for others.
    var step: Int? {
        guard let first = values.first, let last = values.last, values.count > 1, first == range.lowerBound else {
            return nil
        }
        return distance.flatMap { $0 > 1 && last + $0 > range.upperBound ? $0 : nil }
    }

    /// At the begin of a sentence: `Every 15 minutes`, `At minute 5`.
    var leading: String {
        if isEvery { return "Every \(name)" }
        if let step { return "Every \(step) \(name)s" }
        return "At \(following)"
    }

    /// Further on: `every minute`, `every 5th minute`, `minutes 5 and 10`.
    var following: String {
        if isEvery { return "every \(name)" }
        if let step { return "every \(EnglishList.ordinal(step)) \(name)" }
        if let distance, distance > 1, values.count > 3 {
            let ordinal = EnglishList.ordinal(distance)
            return "every \(ordinal) \(name) from \(values[0]) through \(values[values.count - 1])"
        }
        return "\(name)\(values.count == 1 ? "" : "s") \(EnglishList.numbers(values))"
    }

    /// How far the values are apart, if it is the same everywhere.
    private var distance: Int? {
        guard values.count > 1 else { return nil }
        let distance = values[1] - values[0]
        return zip(values, values.dropFirst()).allSatisfy { $1 - $0 == distance } ? distance : nil
    }
}

/// Lists of values in words.
enum EnglishList {
    /// `a`, `a and b`, `a, b and c`.
    static func join(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// Values that follow each other, three or more of them as a range: `1 through 5, 10 and 11`.
    ///
    /// - Parameters:
    ///   - values: In the order in which they are to be said.
    ///   - name: The word for a value.
    ///   - follows: Whether a value comes directly after another.
    static func ranges(_ values: [Int], name: (Int) -> String, follows: (Int, Int) -> Bool) -> String {
        var runs: [[Int]] = []
        for value in values {
            if let last = runs.last?.last, follows(value, last) {
                runs[runs.count - 1].append(value)
            } else {
                runs.append([value])
            }
        }
        return join(
            runs.flatMap { run in
                run.count < 3 ? run.map(name) : ["\(name(run[0])) through \(name(run[run.count - 1]))"]
            }
        )
    }

    /// Numbers in rising order, with ranges.
    static func numbers(_ values: [Int]) -> String {
        ranges(values, name: String.init, follows: { $0 == $1 + 1 })
    }

    /// `1st`, `2nd`, `3rd`, `4th`, `11th`.
    static func ordinal(_ number: Int) -> String {
        let suffix =
            switch (number % 10, number % 100) {
            case (1, let rest) where rest != 11: "st"
            case (2, let rest) where rest != 12: "nd"
            case (3, let rest) where rest != 13: "rd"
            default: "th"
            }
        return "\(number)\(suffix)"
    }
}
