public import CoreMetrics
import Synchronization

/// A distribution of observed values, such as latencies, counted in buckets with fixed bounds; without locks.
///
/// Made by ``PrometheusRegistry/histogram(_:help:buckets:labels:)``. Keep it: making it again looks its name up.
public final class PrometheusHistogram: RecorderHandler, Sendable {
    private final class Bucket: Sendable {
        let count = Atomic<UInt64>(0)
    }

    let labels: MetricLabels

    private let upperBounds: [Double]

    /// One more than there are bounds: the last takes what is above all of them.
    private let counts: [Bucket]
    private let total = AtomicDouble()

    init(buckets: HistogramBuckets, labels: MetricLabels) {
        self.labels = labels
        upperBounds = buckets.upperBounds
        counts = (0...buckets.upperBounds.count).map { _ in Bucket() }
    }

    /// How many values were observed.
    public var count: Int {
        Int(clamping: counts.reduce(0) { $0 + $1.count.load(ordering: .relaxed) })
    }

    /// The sum of the values observed.
    public var sum: Double {
        total.value
    }

    /// Counts a value; one that is not a number is ignored.
    public func observe(_ value: Double) {
        guard !value.isNaN else {
            return
        }
        counts[bucketIndex(of: value)].count.wrappingAdd(1, ordering: .relaxed)
        total.add(value)
    }

    /// Counts a duration, in seconds.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) * 1e-18)
    }

    /// Counts a value, as swift-metrics' `Recorder` does.
    public func record(_ value: Int64) {
        observe(Double(value))
    }

    /// Counts a value, as swift-metrics' `Recorder` does.
    public func record(_ value: Double) {
        observe(value)
    }

    /// Finds the first bound that is not below `value`, by halving.
    private func bucketIndex(of value: Double) -> Int {
        var low = 0
        var high = upperBounds.count
        while low < high {
            let middle = (low + high) / 2
            if upperBounds[middle] < value {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

extension PrometheusHistogram: MetricSeries {
    /// Writes cumulative counts. `_count` is the last of them, so that the two agree while others observe.
    func write(_ family: MetricDescription, labelText: String, to writer: inout ExpositionWriter) {
        var cumulative: UInt64 = 0
        for (index, bucket) in counts.enumerated() {
            cumulative += bucket.count.load(ordering: .relaxed)
            let bound = index < upperBounds.count ? writer.bound(upperBounds[index]) : "+Inf"
            let separator = labelText.isEmpty ? "" : ","
            writer.sample(
                family.name + "_bucket",
                labels: "\(labelText)\(separator)le=\"\(bound)\"",
                value: String(cumulative)
            )
        }
        writer.sample(family.name + "_sum", labels: labelText, value: writer.number(sum))
        writer.sample(family.name + "_count", labels: labelText, value: String(cumulative))
    }
}
