/// How long jobs were ready before they started, as counts of so many by how long: enough to tell a percentile within a fifth, in
/// a few hundred bytes whatever the number of jobs. Those of two processes, or of two minutes, add up.
///
/// The first bucket has what took less than a millisecond, and each of the others reaches the square root of two times as far as the one before.
public struct WaitBuckets: Hashable, Sendable {
    /// How many there are at most: the last one begins at two days.
    static let most = 56

    /// The counts by their place, without zeros at the end.
    public private(set) var counts: [Int64] = []

    /// None.
    public init() {}

    /// Those that were kept.
    init(counts: [Int64]) {
        self.counts = Array(counts.prefix(Self.most))
    }

    /// How many jobs there are.
    public var total: Int64 { counts.reduce(0, +) }

    /// Counts a job.
    ///
    /// - Parameter microseconds: How long it waited; less than nothing counts as nothing.
    public mutating func count(microseconds: Int64) {
        let place = Self.place(of: microseconds)
        if place >= counts.count { counts += Array(repeating: 0, count: place + 1 - counts.count) }
        counts[place] += 1
    }

    /// Takes in other counts.
    public mutating func add(_ other: WaitBuckets) {
        if other.counts.count > counts.count {
            counts += Array(repeating: 0, count: other.counts.count - counts.count)
        }
        for (place, count) in other.counts.enumerated() { counts[place] += count }
    }

    /// How long, in seconds, that share of the jobs waited at most, as if those of a bucket were spread over it evenly; nil when there are none.
    ///
    /// - Parameter share: From 0 to 1.
    public func percentile(_ share: Double) -> Double? {
        let wanted = Double(total) * share
        var before = 0.0
        for (place, count) in counts.enumerated() where count > 0 {
            let through = before + Double(count)
            if through >= wanted {
                let (lower, upper) = (Self.beginning(of: place), Self.beginning(of: place + 1))
                return lower + (upper - lower) * (wanted - before) / Double(count)
            }
            before = through
        }
        return nil
    }

    /// Where a bucket begins, in seconds.
    private static func beginning(of place: Int) -> Double {
        place == 0 ? 0 : 0.001 * pow2(Double(place - 1) / 2)
    }

    private static func pow2(_ exponent: Double) -> Double {
        let whole = exponent.rounded(.down)
        return Double(sign: .plus, exponent: Int(whole), significand: 1) * (exponent > whole ? 2.0.squareRoot() : 1)
    }

    private static func place(of microseconds: Int64) -> Int {
        guard microseconds >= 1_000 else { return 0 }
        let seconds = Double(microseconds) / 1_000_000
        let halves = 2 * (Int64.bitWidth - 1 - (microseconds / 1_000).leadingZeroBitCount)
        let isUpperHalf = seconds >= beginning(of: halves + 2)
        return min(most - 1, halves + (isUpperHalf ? 2 : 1))
    }
}
