import Synchronization

/// The metrics of a process, served as text to Prometheus.
///
/// Code makes a metric once and keeps the handle, whose updates are lock-free:
///
///     let submitted = registry.counter(.jobsSubmitted, labels: ["type": "email"])
///     submitted.increment()
///
/// Making the same metric again returns the same handle. Libraries reach the registry through swift-metrics, for which
/// it is a `MetricsFactory`; a label that is the name of a metric of the catalogue makes that metric. The values of labels that come from
/// clients are limited by `limits`; above `seriesLimit` further label sets of a metric share one series with the values `_other`, so that
/// memory stays bounded whatever happens.
///
/// A metric whose name is invalid, or taken by a metric of another kind, is a mistake in the program and stops it.
public final class PrometheusRegistry: Sendable {
    private struct State {
        var families: [String: MetricFamily] = [:]
        var claimedNames: Set<String> = []
        var collectors: [MetricCollector] = []

        /// Takes the names of a new metric; `false`, and nothing is taken, when one of them belongs to another.
        mutating func claim(_ description: MetricDescription) -> Bool {
            guard claimedNames.isDisjoint(with: description.claimedNames) else {
                return false
            }
            claimedNames.formUnion(description.claimedNames)
            return true
        }
    }

    /// Limits the values of labels, in all metrics alike.
    public let limits: LabelLimits

    let defaultBuckets: HistogramBuckets
    let catalogue: [String: MetricDescription]
    let conflicts = PrometheusCounter(labels: [:])

    private let seriesLimit: Int
    private let state = Mutex(State())
    private let collectorFailures = PrometheusCounter(labels: [:])

    /// Creates a registry that holds nothing but two counters about itself.
    ///
    /// - Parameters:
    ///   - catalogue: What metrics mean that are made through swift-metrics, where only their names are given.
    ///   - defaultBuckets: The buckets of timers and recorders that are not in the catalogue.
    ///   - limits: For the names of labels, how many different values there may be.
    ///   - seriesLimit: The most series of one metric.
    public init(
        catalogue: [MetricDescription] = [],
        defaultBuckets: HistogramBuckets = .latency,
        limits: [String: Int] = [:],
        seriesLimit: Int = 2_000
    ) {
        self.defaultBuckets = defaultBuckets
        self.catalogue = Dictionary(catalogue.map { ($0.name, $0) }) { first, _ in first }
        self.limits = LabelLimits(limits)
        self.seriesLimit = seriesLimit
        let own: [(PrometheusCounter, MetricDescription)] = [
            (conflicts, .counter("telemetry_metric_conflicts_total", help: "Metrics left out: the name was taken.")),
            (collectorFailures, .counter("telemetry_collector_failures_total", help: "Collectors late or failed.")),
        ]
        for (counter, description) in own {
            _ = family(description)?.series([:]) { _ in counter }
        }
    }

    /// Makes a counter, or returns the one made before.
    ///
    /// - Parameters:
    ///   - description: What it counts.
    ///   - labels: What tells this series from others of the metric.
    public func counter(_ description: MetricDescription, labels: MetricLabels = [:]) -> PrometheusCounter {
        requiredFamily(description, .counter).series(limits.values(of: labels), make: PrometheusCounter.init)
    }

    /// Makes a gauge, or returns the one made before.
    ///
    /// - Parameters:
    ///   - description: What it shows.
    ///   - labels: What tells this series from others of the metric.
    public func gauge(_ description: MetricDescription, labels: MetricLabels = [:]) -> PrometheusGauge {
        requiredFamily(description, .gauge).series(limits.values(of: labels), make: PrometheusGauge.init)
    }

    /// Makes a summary, or returns the one made before.
    ///
    /// - Parameters:
    ///   - description: What is observed.
    ///   - labels: What tells this series from others of the metric.
    public func summary(_ description: MetricDescription, labels: MetricLabels = [:]) -> PrometheusSummary {
        requiredFamily(description, .summary).series(limits.values(of: labels), make: PrometheusSummary.init)
    }

    /// Makes a histogram, or returns the one made before.
    ///
    /// - Parameters:
    ///   - description: What is observed, and in which buckets.
    ///   - labels: What tells this series from others of the metric.
    public func histogram(_ description: MetricDescription, labels: MetricLabels = [:]) -> PrometheusHistogram {
        guard case .histogram(let buckets) = description.kind else {
            preconditionFailure("The \(description.kind.typeName) \"\(description.name)\" is no histogram.")
        }
        return requiredFamily(description, description.kind).series(limits.values(of: labels)) { labels in
            PrometheusHistogram(buckets: buckets, labels: labels)
        }
    }

    /// Adds metrics whose values are found out when Prometheus asks, such as the depth of queues.
    ///
    /// The closure runs at most once at a time, at every scrape. If it throws or is late, its metrics are left out of
    /// that scrape, so that they are seen to be missing instead of stale.
    ///
    /// - Parameters:
    ///   - descriptions: The metrics that the closure may return samples of.
    ///   - limit: The longest time to wait for it.
    ///   - collect: Finds the values. A label set that comes twice counts once, with the last value.
    public func collect(
        _ descriptions: [MetricDescription],
        within limit: Duration = .seconds(2),
        _ collect: @escaping @Sendable () async throws -> [CollectedSample]
    ) {
        state.withLock { state in
            for description in descriptions {
                precondition(state.claim(description), Self.conflictText(description))
            }
            state.collectors.append(
                MetricCollector(
                    descriptions: descriptions,
                    seriesLimit: seriesLimit,
                    limit: limit,
                    probe: SharedProbe(collect)
                )
            )
        }
    }

    /// Writes all metrics out, after the collectors have run.
    ///
    /// - Returns: UTF-8 text of the type ``ExpositionFormat/contentType``.
    public func exposition(_ format: ExpositionFormat) async -> [UInt8] {
        let (families, collectors) = state.withLock { (Array($0.families.values), $0.collectors) }
        let collected = await samples(of: collectors)
        var writer = ExpositionWriter(format)
        for family in families.sorted(by: { $0.description.name < $1.description.name }) {
            family.write(to: &writer)
        }
        for (collector, samples) in zip(collectors, collected) {
            collector.write(samples, to: &writer)
        }
        writer.end()
        return writer.bytes
    }

    /// The metric of this description; `nil` when its name is taken by a different one.
    func family(_ description: MetricDescription) -> MetricFamily? {
        state.withLock { state in
            if let family = state.families[description.name], family.description.kind == description.kind {
                return family
            }
            guard state.claim(description) else {
                return nil
            }
            let family = MetricFamily(description, seriesLimit: seriesLimit)
            state.families[description.name] = family
            return family
        }
    }

    /// Forgets a series that was made through swift-metrics.
    func remove(_ series: any MetricSeries) {
        let families = state.withLock { Array($0.families.values) }
        for family in families {
            family.remove(series)
        }
    }

    private func requiredFamily(_ description: MetricDescription, _ kind: MetricDescription.Kind) -> MetricFamily {
        precondition(
            description.kind == kind,
            "\"\(description.name)\" is a \(description.kind.typeName) and no \(kind.typeName)."
        )
        guard let family = family(description) else {
            preconditionFailure(Self.conflictText(description))
        }
        return family
    }

    private func samples(of collectors: [MetricCollector]) async -> [[CollectedSample]] {
        await withTaskGroup(of: (Int, [CollectedSample]?).self) { group in
            for (index, collector) in collectors.enumerated() {
                group.addTask { (index, await collector.samples()) }
            }
            var collected = [[CollectedSample]](repeating: [], count: collectors.count)
            for await (index, samples) in group {
                if let samples {
                    collected[index] = samples
                } else {
                    collectorFailures.increment()
                }
            }
            return collected
        }
    }

    private static func conflictText(_ description: MetricDescription) -> String {
        "The name of the \(description.kind.typeName) \"\(description.name)\" is taken by another metric."
    }
}

/// Metrics whose values are found out at the time of a scrape.
struct MetricCollector: Sendable {
    let descriptions: [MetricDescription]
    let seriesLimit: Int
    let limit: Duration
    let probe: SharedProbe<[CollectedSample]>

    /// Runs the collector and writes what it found; nothing when it failed or took too long, so that its metrics are
    /// absent instead of stale.
    ///
    /// - Returns: Whether it answered.
    func samples() async -> [CollectedSample]? {
        guard case .success(let samples) = await probe.run(within: limit) else {
            return nil
        }
        return samples
    }

    func write(_ samples: [CollectedSample], to writer: inout ExpositionWriter) {
        let byName = Dictionary(grouping: samples, by: \.name)
        for description in descriptions {
            guard let samples = byName[description.name] else {
                continue
            }
            let values = Dictionary(samples.map { ($0.labels.text, $0) }) { _, last in last }
            writer.family(description)
            for (labelText, sample) in values.sorted(by: { $0.key < $1.key }).prefix(seriesLimit) {
                let value = writer.number(sample.value)
                if let count = sample.count {
                    writer.sample(description.name, "_sum", labels: labelText, value: value)
                    writer.sample(description.name, "_count", labels: labelText, value: String(count))
                } else {
                    writer.sample(description.name, labels: labelText, value: value)
                }
            }
        }
    }
}
