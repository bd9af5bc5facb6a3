/// When something is to happen again and again: five or six cron fields, a word such as `@daily`, or `@every` with a duration.
///
/// The grammar is that of robfig/cron v3 and Vixie cron together; docs/cron.md states it. An expression that was
/// read is known to fire: one that names a day which no month has is refused.
public struct CronExpression: Hashable, Sendable, CustomStringConvertible {
    /// The expression's text, with single spaces.
    public let text: String
    /// The zone that a leading `TZ=` or `CRON_TZ=` names.
    public let zone: CronZone?
    /// What it comes down to.
    let rule: CronRule

    /// Reads an expression.
    ///
    /// - Throws: ``CronError`` naming the field, what stood there and what is allowed.
    public init(_ text: String) throws(CronError) {
        var words = text.split(whereSeparator: \.isWhitespace)
        guard let first = words.first else { throw .empty }
        self.text = words.joined(separator: " ")
        if let prefix = ["TZ=", "CRON_TZ="].first(where: first.hasPrefix) {
            zone = try CronZone(String(first.dropFirst(prefix.count)))
            words.removeFirst()
        } else {
            zone = nil
        }
        rule = try words.first?.first == "@" ? Self.described(words) : .wallClock(Self.pattern(words))
    }

    /// The expression's text.
    public var description: String { text }

    private static func described(_ words: [Substring]) throws(CronError) -> CronRule {
        if words.first == "@every" {
            let text = words.dropFirst().joined(separator: " ")
            guard let seconds = CronDuration.seconds(text[...]) else { throw .duration(text) }
            return .every(seconds: seconds)
        }
        let text = words.joined(separator: " ")
        guard let descriptor = CronDescriptor(rawValue: text) else { throw .unknownDescriptor(text) }
        return .wallClock(try pattern(descriptor.fields.split(separator: " ")))
    }

    private static func pattern(_ words: [Substring]) throws(CronError) -> WallClockPattern {
        guard words.count == 5 || words.count == 6 else { throw .fieldCount(words.count) }
        let words = words.count == 5 ? ["0"] + words : words
        func values(_ field: CronField, _ index: Int) throws(CronError) -> CronValues {
            try CronFieldParser(field: field, text: words[index]).parse()
        }
        let pattern = WallClockPattern(
            seconds: try values(.second, 0),
            minutes: try values(.minute, 1),
            hours: try values(.hour, 2),
            days: DayPattern(
                daysOfMonth: try values(.dayOfMonth, 3),
                months: try values(.month, 4),
                daysOfWeek: try values(.dayOfWeek, 5)
            )
        )
        guard pattern.days.everComes else {
            throw .neverFires(dayOfMonth: String(words[3]), month: String(words[4]))
        }
        return pattern
    }
}

/// What an expression comes down to.
enum CronRule: Hashable, Sendable {
    /// The clock on the wall shows certain values.
    case wallClock(WallClockPattern)
    /// So many seconds have passed since the schedule was made, or since the last firing was due.
    case every(seconds: Int)
}

/// A word that stands for five fields.
enum CronDescriptor: String, CaseIterable, Sendable {
    case yearly = "@yearly"
    case annually = "@annually"
    case monthly = "@monthly"
    case weekly = "@weekly"
    case daily = "@daily"
    case midnight = "@midnight"
    case hourly = "@hourly"

    /// The fields it stands for.
    var fields: String {
        switch self {
        case .yearly, .annually: "0 0 1 1 *"
        case .monthly: "0 0 1 * *"
        case .weekly: "0 0 * * 0"
        case .daily, .midnight: "0 0 * * *"
        case .hourly: "0 * * * *"
        }
    }
}

/// Reads the duration of `@every`, which is Go's `time.ParseDuration` without a sign.
enum CronDuration {
    /// Nanoseconds by unit, such that no unit stands after one that is its beginning.
    private static let units: [(name: String, nanoseconds: Int)] = [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000),
        ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
    ]

    /// The duration in whole seconds, what is finer being dropped; nil when the text is no duration, or one under a
    /// second, or one past 292 years.
    static func seconds(_ text: Substring) -> Int? {
        var rest = text
        var total: Int = 0
        while !rest.isEmpty {
            guard let part = takePart(from: &rest) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        }
        let seconds = total / 1_000_000_000
        return seconds > 0 ? seconds : nil
    }

    /// Takes a number with its unit, such as `90s` or `1.5h`, in nanoseconds.
    private static func takePart(from rest: inout Substring) -> Int? {
        let whole = takeDigits(from: &rest)
        var fraction: Substring = ""
        if rest.first == "." {
            rest.removeFirst()
            fraction = takeDigits(from: &rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty, let unit = units.first(where: { rest.hasPrefix($0.name) }) else {
            return nil
        }
        rest.removeFirst(unit.name.count)
        guard let count = whole.isEmpty ? 0 : Int(whole) else { return nil }
        let (product, productOverflow) = count.multipliedReportingOverflow(by: unit.nanoseconds)
        let part = fraction.isEmpty ? 0 : (Double("0.\(fraction)") ?? 0) * Double(unit.nanoseconds)
        let (sum, sumOverflow) = product.addingReportingOverflow(Int(part.rounded()))
        return productOverflow || sumOverflow ? nil : sum
    }

    private static func takeDigits(from rest: inout Substring) -> Substring {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest.removeFirst(digits.count)
        return digits
    }
}
