public import CoreMetrics

/// A number that goes up and down, such as connections in use; without locks.
///
/// Made by ``PrometheusRegistry/gauge(_:help:labels:)``. Keep it: making it again looks its name up.
public final class PrometheusGauge: RecorderHandler, MeterHandler, Sendable {
    let labels: MetricLabels

    private let number = AtomicDouble()

    init(labels: MetricLabels) {
        self.labels = labels
    }

    /// The present value.
    public var value: Double {
        number.value
    }

    /// Replaces the value.
    public func set(_ value: Double) {
        number.set(value)
    }

    /// Replaces the value.
    public func set(_ value: Int64) {
        number.set(Double(value))
    }

    /// Replaces the value.
    public func set(_ value: Int) {
        number.set(Double(value))
    }

    /// Adds to the value.
    public func increment(by amount: Double = 1) {
        number.add(amount)
    }

    /// Takes from the value.
    public func decrement(by amount: Double = 1) {
        number.add(-amount)
    }

    /// Replaces the value, as swift-metrics' `Gauge` does.
    public func record(_ value: Int64) {
        set(value)
    }

    /// Replaces the value, as swift-metrics' `Gauge` does.
    public func record(_ value: Double) {
        set(value)
    }
}

extension PrometheusGauge: MetricSeries {
    func write(_ family: MetricDescription, labelText: String, to writer: inout ExpositionWriter) {
        writer.sample(family.name, labels: labelText, value: writer.number(value))
    }
}
