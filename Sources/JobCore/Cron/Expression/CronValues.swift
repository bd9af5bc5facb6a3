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
