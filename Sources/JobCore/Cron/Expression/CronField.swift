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

/// The values that one field of a cron expression lets through: a set of bits, so that the next one is a machine instruction away.
struct CronValues: Hashable, Sendable {
    /// Bit n is set when the value n is in the set.
    private(set) var bits: UInt64 = 0
    /// Whether the field is `*` in effect: one of its items is a `*` or `?` without a step, or with a step of 1.
    private(set) var isUnrestricted = false
    /// Whether nothing but `*` and `*/n` stands in the field.
    private(set) var isStarred = true

    /// Adds a value that an item names.
    mutating func insert(_ value: Int) {
        bits |= 1 << UInt64(value)
        isStarred = false
    }

    /// Adds what `*` or `*/step` names.
    mutating func insertStar(in range: ClosedRange<Int>, step: Int) {
        for value in stride(from: range.lowerBound, through: range.upperBound, by: step) { bits |= 1 << UInt64(value) }
        if step == 1 { isUnrestricted = true }
    }

    /// Whether the field, when it is the hour, follows elapsed time and not the clock on the wall.
    var followsElapsedTime: Bool { isUnrestricted || isStarred }

    func contains(_ value: Int) -> Bool { bits >> UInt64(value) & 1 == 1 }

    /// The lowest value.
    var first: Int { bits.trailingZeroBitCount }

    /// The lowest value that is not below a bound of at most 63.
    func first(atOrAfter bound: Int) -> Int? {
        let rest = bits >> UInt64(bound)
        return rest == 0 ? nil : bound + rest.trailingZeroBitCount
    }

    /// All values, lowest first.
    var all: [Int] { (0..<64).filter(contains) }
}
