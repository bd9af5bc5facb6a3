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
