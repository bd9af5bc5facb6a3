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
