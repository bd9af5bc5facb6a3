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
