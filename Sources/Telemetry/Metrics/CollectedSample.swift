/// A value that a collector found at the time of a scrape; made by ``MetricDescription``'s `sample(_:labels:)`.
public struct CollectedSample: Sendable, Hashable {
    let name: String
    let labels: MetricLabels
    let value: Double
}
