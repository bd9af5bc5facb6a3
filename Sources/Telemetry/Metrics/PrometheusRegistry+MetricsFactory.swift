public import CoreMetrics

/// Takes in the metrics of libraries.
///
/// What is in the registry's catalogue becomes what it says there. Of the rest names are made valid (`hb.requests` becomes
/// `hb_requests_total`), timers become histograms of seconds, recorders that aggregate become histograms, others gauges. What cannot be exported, because the name is taken by a metric of
/// another kind, still works, is left out, and is counted in `telemetry_metric_conflicts_total`.
extension PrometheusRegistry: MetricsFactory {
    /// Makes a counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    /// Makes a counter that takes fractions.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    /// Makes a gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    /// Makes a histogram if `aggregate` is set, else a gauge.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? distribution(label, dimensions, unit: "") : gauge(label, dimensions)
    }

    /// Makes a histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        PrometheusTimer(distribution(label, dimensions, unit: "_seconds"))
    }

    /// Leaves the counter out from now on.
    public func destroyCounter(_ handler: any CounterHandler) {
        forget(handler)
    }

    /// Leaves the counter out from now on.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        forget(handler)
    }

    /// Leaves the gauge out from now on.
    public func destroyMeter(_ handler: any MeterHandler) {
        forget(handler)
    }

    /// Leaves the histogram or gauge out from now on.
    public func destroyRecorder(_ handler: any RecorderHandler) {
        forget(handler)
    }

    /// Leaves the histogram out from now on.
    public func destroyTimer(_ handler: any TimerHandler) {
        if let timer = handler as? PrometheusTimer {
            forget(timer.recorder)
        }
    }

    private func forget(_ handler: AnyObject) {
        if let series = handler as? any MetricSeries {
            remove(series)
        }
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> PrometheusCounter {
        let description = catalogue[label] ?? .counter(Self.name(label, suffix: "_total"), help: label)
        return series(description, .counter, dimensions, make: PrometheusCounter.init)
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> PrometheusGauge {
        let description = catalogue[label] ?? .gauge(Self.name(label), help: label)
        return series(description, .gauge, dimensions, make: PrometheusGauge.init)
    }

    private func distribution(
        _ label: String,
        _ dimensions: [(String, String)],
        unit: String
    ) -> any RecorderHandler & MetricSeries {
        let description =
            catalogue[label] ?? .histogram(Self.name(label, suffix: unit), help: label, buckets: defaultBuckets)
        guard case .histogram(let buckets) = description.kind else {
            return series(description, .summary, dimensions, make: PrometheusSummary.init)
        }
        return series(description, description.kind, dimensions) { labels in
            PrometheusHistogram(buckets: buckets, labels: labels)
        }
    }

    private func series<Series: MetricSeries>(
        _ description: MetricDescription,
        _ kind: MetricDescription.Kind,
        _ dimensions: [(String, String)],
        make: (MetricLabels) -> Series
    ) -> Series {
        let labels = limits.values(of: MetricLabels(sanitizing: dimensions))
        guard description.kind == kind, let family = family(description) else {
            conflicts.increment()
            return make(labels)
        }
        return family.series(labels, make: make)
    }

    private static func name(_ label: String, suffix: String = "") -> String {
        let name = MetricName.sanitized(label)
        return name.hasSuffix(suffix) ? name : name + suffix
    }
}

/// swift-metrics' `Timer` on a distribution of seconds.
final class PrometheusTimer: TimerHandler {
    let recorder: any RecorderHandler & MetricSeries

    init(_ recorder: any RecorderHandler & MetricSeries) {
        self.recorder = recorder
    }

    func recordNanoseconds(_ duration: Int64) {
        recorder.record(Double(duration) / 1_000_000_000)
    }
}
