public import CoreMetrics
import Synchronization

/// A distribution of observed values, such as latencies, counted in buckets with fixed bounds; without locks.
///
/// Made by ``PrometheusRegistry/histogram(_:help:buckets:labels:)``. Keep it: making it again looks its name up.
public final class PrometheusHistogram: RecorderHandler, Sendable {
    private final class Bucket: Sendable {
        let count = Atomic<UInt64>(0)
        let exemplar = ExemplarSlot()
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
    ///
    /// - Parameter trace: What was observed; it becomes its bucket's exemplar if it is sampled.
    public func observe(_ value: Double, of trace: TraceContext? = nil) {
        guard !value.isNaN else {
            return
        }
        let bucket = counts[bucketIndex(of: value)]
        bucket.count.wrappingAdd(1, ordering: .relaxed)
        total.add(value)
        if let trace { bucket.exemplar.keep(value, of: trace) }
    }

    /// Counts many values at once.
    public func observe(_ values: some Sequence<Double>) {
        var sum = 0.0
        for value in values where !value.isNaN {
            counts[bucketIndex(of: value)].count.wrappingAdd(1, ordering: .relaxed)
            sum += value
        }
        if sum != 0 { total.add(sum) }
    }

    /// Keeps an observation, which was counted among others, as its bucket's exemplar if its trace is sampled.
    public func exemplify(_ value: Double, by trace: TraceContext) {
        guard !value.isNaN else {
            return
        }
        counts[bucketIndex(of: value)].exemplar.keep(value, of: trace)
    }

    /// Counts a duration, in seconds.
    public func observe(_ duration: Duration, of trace: TraceContext? = nil) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) * 1e-18, of: trace)
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
            writer.sample(
                family.name,
                "_bucket",
                labels: labelText,
                bound: index < upperBounds.count ? writer.bound(upperBounds[index]) : "+Inf",
                value: String(cumulative),
                exemplar: writer.format == .openMetrics ? bucket.exemplar.kept : nil
            )
        }
        writer.sample(family.name, "_sum", labels: labelText, value: writer.number(sum))
        writer.sample(family.name, "_count", labels: labelText, value: String(cumulative))
    }
}
