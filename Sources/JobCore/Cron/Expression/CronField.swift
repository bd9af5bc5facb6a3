/// One of the six places of a cron expression.
public enum CronField: String, CaseIterable, Hashable, Sendable, CustomStringConvertible {
    /// The second; it is 0 in an expression of five fields.
    case second
    /// The minute of the hour.
    case minute
    /// The hour of the day.
    case hour
    /// The day of the month.
    case dayOfMonth = "day-of-month"
    /// The month of the year.
    case month
    /// The day of the week, 0 for Sunday.
    case dayOfWeek = "day-of-week"

    /// The field's name, as cron's manuals write it.
    public var description: String { rawValue }

    /// The values that may be written.
    var writable: ClosedRange<Int> { self == .dayOfWeek ? 0...7 : range }

    /// The values that `*` stands for.
    var range: ClosedRange<Int> {
        switch self {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...6
        }
    }

    /// Words for values; the first one stands for the range's lowest.
    var words: [String] {
        switch self {
        case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        case .second, .minute, .hour, .dayOfMonth: []
        }
    }

    /// What may be written, for a message to a person.
    var allowed: String {
        let numbers = "\(writable.lowerBound) to \(writable.upperBound)"
        return switch self {
        case .month: "\(numbers) or jan to dec"
        case .dayOfWeek: "\(numbers) (0 and 7 are Sunday) or sun to sat"
        case .second, .minute, .hour, .dayOfMonth: numbers
        }
    }
}
