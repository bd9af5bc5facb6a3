public import CoreMetrics
import Synchronization

/// The sum and the number of values observed, such as the times of a statement; without locks.
///
/// Made by ``PrometheusRegistry/summary(_:labels:)``. It costs two series where a histogram costs twenty.
public final class PrometheusSummary: RecorderHandler, Sendable {
    let labels: MetricLabels

    private let number = Atomic<UInt64>(0)
    private let total = AtomicDouble()

    init(labels: MetricLabels) {
        self.labels = labels
    }

    /// How many values were observed.
    public var count: Int { Int(clamping: number.load(ordering: .relaxed)) }

    /// The sum of the values observed.
    public var sum: Double { total.value }

    /// Adds a value; one that is not a number is ignored.
    public func observe(_ value: Double) {
        guard !value.isNaN else {
            return
        }
        number.wrappingAdd(1, ordering: .relaxed)
        total.add(value)
    }

    /// Adds a value, as swift-metrics' `Recorder` does.
    public func record(_ value: Int64) {
        observe(Double(value))
    }

    /// Adds a value, as swift-metrics' `Recorder` does.
    public func record(_ value: Double) {
        observe(value)
    }
}

extension PrometheusSummary: MetricSeries {
    func write(_ family: MetricDescription, labelText: String, to writer: inout ExpositionWriter) {
        writer.sample(family.name, "_sum", labels: labelText, value: writer.number(sum))
        writer.sample(family.name, "_count", labels: labelText, value: String(count))
    }
}
