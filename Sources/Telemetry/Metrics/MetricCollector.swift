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
            let values = Dictionary(samples.map { ($0.labels.text, $0.value) }) { _, last in last }
            writer.family(description)
            for (labelText, value) in values.sorted(by: { $0.key < $1.key }).prefix(seriesLimit) {
                writer.sample(description.name, labels: labelText, value: writer.number(value))
            }
        }
    }
}
