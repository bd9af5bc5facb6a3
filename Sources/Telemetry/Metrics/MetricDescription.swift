/// What a metric is called, what it means, and how its values behave.
public struct MetricDescription: Sendable, Hashable {
    /// How a metric's values behave.
    enum Kind: Sendable, Hashable {
        case counter
        case gauge
        case histogram(HistogramBuckets)

        /// The word that the exposition formats use.
        var typeName: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    let kind: Kind

    /// The metric's name, with its unit and, for a counter, ending in `_total`.
    public let name: String

    /// One sentence for a person who reads the metric.
    public let help: String

    /// Describes a count that only goes up.
    ///
    /// - Precondition: The name matches `[a-zA-Z_][a-zA-Z0-9_]*` and ends in `_total`, as OpenMetrics asks.
    public static func counter(_ name: String, help: String) -> MetricDescription {
        precondition(name.hasSuffix("_total"), "The counter \"\(name)\" must be named \"\(name)_total\".")
        return MetricDescription(kind: .counter, name: name, help: help)
    }

    /// Describes a number that goes up and down.
    ///
    /// - Precondition: The name matches `[a-zA-Z_][a-zA-Z0-9_]*`.
    public static func gauge(_ name: String, help: String) -> MetricDescription {
        MetricDescription(kind: .gauge, name: name, help: help)
    }

    static func histogram(_ name: String, help: String, buckets: HistogramBuckets) -> MetricDescription {
        MetricDescription(kind: .histogram(buckets), name: name, help: help)
    }

    private init(kind: Kind, name: String, help: String) {
        precondition(MetricName.isValid(name), "\"\(name)\" cannot be the name of a metric.")
        self.kind = kind
        self.name = name
        self.help = help
    }

    /// One value of this metric, for a collector to return.
    public func sample(_ value: Double, labels: MetricLabels = [:]) -> CollectedSample {
        CollectedSample(name: name, labels: labels, value: value)
    }

    /// One value of this metric, for a collector to return.
    public func sample(_ value: Int, labels: MetricLabels = [:]) -> CollectedSample {
        CollectedSample(name: name, labels: labels, value: Double(value))
    }

    /// The name of the family in OpenMetrics, which leaves a counter's suffix to its samples.
    var familyName: String {
        kind == .counter ? String(name.dropLast("_total".count)) : name
    }

    /// The names that no other metric may have besides this one, in either format.
    var claimedNames: [String] {
        switch kind {
        case .counter: [familyName, name]
        case .gauge: [name]
        case .histogram: [name, name + "_bucket", name + "_sum", name + "_count"]
        }
    }
}

/// A value that a collector found at the time of a scrape; made by ``MetricDescription``'s `sample(_:labels:)`.
public struct CollectedSample: Sendable, Hashable {
    let name: String
    let labels: MetricLabels
    let value: Double
}
