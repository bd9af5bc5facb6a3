public import CoreMetrics
import Synchronization

/// A count that only goes up, such as jobs submitted; without locks.
///
/// Made by ``PrometheusRegistry/counter(_:help:labels:)``. Keep it: making it again looks its name up.
public final class PrometheusCounter: CounterHandler, FloatingPointCounterHandler, Sendable {
    let labels: MetricLabels

    /// Whole numbers, the usual case, need a single atomic addition.
    private let whole = Atomic<UInt64>(0)
    private let fraction = AtomicDouble()
    private let exemplar = ExemplarSlot()

    init(labels: MetricLabels) {
        self.labels = labels
    }

    /// The count so far.
    public var value: Double {
        Double(whole.load(ordering: .relaxed)) + fraction.value
    }

    /// Adds one.
    public func increment() {
        whole.wrappingAdd(1, ordering: .relaxed)
    }

    /// Adds one.
    ///
    /// - Parameter trace: What is counted; it becomes the counter's exemplar if it is sampled.
    public func increment(of trace: TraceContext?) {
        whole.wrappingAdd(1, ordering: .relaxed)
        if let trace { exemplar.keep(1, of: trace) }
    }

    /// Adds a whole number; a negative one is ignored, because a counter never goes down.
    public func increment(by amount: Int64) {
        guard amount > 0 else {
            return
        }
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// Adds a whole number; a negative one is ignored, because a counter never goes down.
    public func increment(by amount: Int) {
        increment(by: Int64(amount))
    }

    /// Adds a number, such as seconds; a negative one and one that is not finite are ignored.
    public func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else {
            return
        }
        fraction.add(amount)
    }

    /// Starts again at zero, which Prometheus takes for a restart of the process.
    public func reset() {
        whole.store(0, ordering: .relaxed)
        fraction.set(0)
    }
}

extension PrometheusCounter: MetricSeries {
    func write(_ family: MetricDescription, labelText: String, to writer: inout ExpositionWriter) {
        let count = whole.load(ordering: .relaxed)
        let rest = fraction.value
        let text = rest == 0 ? String(count) : writer.number(Double(count) + rest)
        writer.sample(family.name, labels: labelText, value: text, exemplar: exemplar.kept)
    }
}
