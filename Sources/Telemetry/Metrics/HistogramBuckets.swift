/// The upper bounds of a histogram's buckets, in increasing order; the bucket for everything above is implied.
public struct HistogramBuckets: Sendable, Hashable {
    /// The bounds, each the largest value that its bucket counts.
    public let upperBounds: [Double]

    /// Creates buckets with the bounds given.
    ///
    /// - Precondition: There is at least one bound, all are finite, and each is above the one before.
    public init(_ upperBounds: [Double]) {
        precondition(!upperBounds.isEmpty, "A histogram needs at least one bucket.")
        precondition(upperBounds.allSatisfy(\.isFinite), "A histogram's bounds are finite: +Inf is implied.")
        precondition(
            zip(upperBounds, upperBounds.dropFirst()).allSatisfy(<),
            "A histogram's bounds go up: \(upperBounds)."
        )
        self.upperBounds = upperBounds
    }

    /// Creates bounds that grow by a constant factor.
    ///
    /// - Precondition: `start` is above 0, `factor` above 1 and `count` at least 1.
    public static func exponential(start: Double, factor: Double, count: Int) -> HistogramBuckets {
        HistogramBuckets(
            Array(sequence(first: start) { $0 * factor }.prefix(count))
        )
    }

    /// For requests and queries: 0.5 ms to 10 s, in seconds.
    public static let latency = HistogramBuckets([
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ])

    /// For jobs and their waiting: 5 ms to 6 h, in seconds.
    public static let jobDuration = HistogramBuckets([
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600,
    ])

    /// For the time that jobs of one type take: 5 ms to 6 h in fewer steps, as there are as many of these as types.
    public static let runDuration = HistogramBuckets([0.005, 0.025, 0.1, 0.5, 1, 5, 30, 60, 300, 1_800, 3_600, 21_600])

    /// For numbers of items taken together: 1 to 4 096.
    public static let batchSize = HistogramBuckets.exponential(start: 1, factor: 2, count: 13)

    /// For sizes: 64 bytes to 16 MiB.
    public static let bytes = HistogramBuckets.exponential(start: 64, factor: 4, count: 10)
}
