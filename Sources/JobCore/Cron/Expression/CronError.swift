/// Why text is not a schedule.
public enum CronError: Error, Hashable, Sendable {
    /// There is no text, or nothing but spaces.
    case empty
    /// There are fewer than five or more than six fields.
    case fieldCount(Int)
    /// A field holds something that it may not.
    case field(CronField, text: String, CronFieldProblem)
    /// A word that begins with `@` and is none of the known ones, or has something after it.
    case unknownDescriptor(String)
    /// What follows `@every` is no duration of a second or more.
    case duration(String)
    /// There is no such time zone.
    case unknownZone(String)
    /// There is such a time zone, and its file says nothing that can be read.
    case unreadableZone(String, reason: String)
    /// There is no time zone database on this machine.
    case noZoneData(directory: String)
    /// The expression names one zone and the schedule another.
    case conflictingZones(expression: String, schedule: String)
    /// None of the months has any of the days.
    case neverFires(dayOfMonth: String, month: String)
}

extension CronError: CustomStringConvertible {
    /// Says what stood where, and what is allowed there.
    public var description: String {
        switch self {
        case .empty:
            "the cron expression is empty; expected 'minute hour day-of-month month day-of-week', such as '30 9 * * mon-fri'"
        case .fieldCount(let count):
            "the cron expression has \(count) \(count == 1 ? "field" : "fields"); "
                + "expected 5 (minute hour day-of-month month day-of-week) or 6 (with the second first)"
        case .field(let field, let text, let problem):
            "\(field) '\(text)': \(problem.text(in: field))"
        case .unknownDescriptor(let text):
            "'\(text)' is unknown; expected one of \(CronDescriptor.allCases.map(\.rawValue).joined(separator: ", ")) "
                + "or '@every' with a duration, such as '@every 1h30m'"
        case .duration(let text):
            "@every '\(text)': expected a duration of 1s or more in hours, minutes and seconds, such as 90s or 1h30m"
        case .unknownZone(let name):
            "time zone '\(name)' is unknown; expected an IANA name, such as Europe/Berlin or UTC"
        case .unreadableZone(let name, let reason):
            "the file of time zone '\(name)' cannot be used: \(reason); install the package tzdata anew"
        case .noZoneData(let directory):
            "there is no time zone data in \(directory); install the package tzdata, or name the folder that has it in TZDIR"
        case .conflictingZones(let expression, let schedule):
            "the cron expression is in time zone '\(expression)' and the schedule in '\(schedule)'; give only one of them"
        case .neverFires(let dayOfMonth, let month):
            "day-of-month '\(dayOfMonth)': month '\(month)' has no such day, so the schedule would never fire"
        }
    }
}

/// What is wrong with the text of one field.
public enum CronFieldProblem: Hashable, Sendable {
    /// An item of a list, or one side of a `-` or `/`, is missing.
    case missing
    /// Text that is neither a value, a range, a step nor a list of these.
    case unreadable(String)
    /// A number outside the field's values.
    case outside(String)
    /// A range that ends before it begins.
    case backwards(String)
    /// A step that is no whole number of 1 or more.
    case step(String)

    func text(in field: CronField) -> String {
        switch self {
        case .missing: "a value is missing; expected \(field.allowed) on each side of ',', '-' and '/'"
        case .unreadable(let text):
            "'\(text)' cannot be read; expected *, a value, a-b, either with /step, or a comma list of these, "
                + "with values from \(field.allowed)"
        case .outside(let text): "\(text) is outside the field; expected \(field.allowed)"
        case .backwards(let text): "the range \(text) ends before it begins; expected the lower value first"
        case .step(let text): "the step '\(text)' is not possible; expected a whole number of 1 or more"
        }
    }
}
