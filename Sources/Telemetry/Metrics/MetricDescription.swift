/// What a metric is called, what it means, and how its values behave.
public struct MetricDescription: Sendable, Hashable {
    /// How a metric's values behave.
    enum Kind: Sendable, Hashable {
        case counter
        case gauge
        case summary
        case histogram(HistogramBuckets)

        /// The word that the exposition formats use.
        var typeName: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .summary: "summary"
            case .histogram: "histogram"
            }
        }
    }

    let kind: Kind

    /// The metric's name, with its unit and, for a counter, ending in `_total`.
    public let name: String

    /// One sentence for a person who reads the metric.
    public let help: String

    /// The names of its labels. What comes through swift-metrics undeclared has any.
    public let labels: [String]

    /// Describes a count that only goes up.
    ///
    /// - Precondition: The name matches `[a-zA-Z_][a-zA-Z0-9_]*` and ends in `_total`, as OpenMetrics asks.
    public static func counter(_ name: String, help: String, labels: [String] = []) -> MetricDescription {
        precondition(name.hasSuffix("_total"), "The counter \"\(name)\" must be named \"\(name)_total\".")
        return MetricDescription(kind: .counter, name: name, help: help, labels: labels)
    }

    /// Describes a number that goes up and down.
    ///
    /// - Precondition: The name matches `[a-zA-Z_][a-zA-Z0-9_]*`.
    public static func gauge(_ name: String, help: String, labels: [String] = []) -> MetricDescription {
        MetricDescription(kind: .gauge, name: name, help: help, labels: labels)
    }

    /// Describes a distribution of which the sum and the number of values are kept, and nothing else.
    ///
    /// - Precondition: The name matches `[a-zA-Z_][a-zA-Z0-9_]*`.
    public static func summary(_ name: String, help: String, labels: [String] = []) -> MetricDescription {
        MetricDescription(kind: .summary, name: name, help: help, labels: labels)
    }

    /// Describes a distribution that is counted in buckets.
    ///
    /// - Precondition: The name matches `[a-zA-Z_][a-zA-Z0-9_]*`.
    public static func histogram(
        _ name: String,
        help: String,
        labels: [String] = [],
        buckets: HistogramBuckets
    ) -> MetricDescription {
        MetricDescription(kind: .histogram(buckets), name: name, help: help, labels: labels)
    }

    private init(kind: Kind, name: String, help: String, labels: [String]) {
        precondition(MetricName.isValid(name), "\"\(name)\" cannot be the name of a metric.")
        self.kind = kind
        self.name = name
        self.help = help
        self.labels = labels
    }

    /// The word that the exposition formats use for how its values behave.
    public var typeName: String { kind.typeName }

    /// The last word of the family's name, where that is a unit that OpenMetrics knows.
    var unit: String? {
        familyName.split(separator: "_").last.map(String.init).flatMap { ["seconds", "bytes"].contains($0) ? $0 : nil }
    }

    /// One value of this metric, for a collector to return.
    public func sample(_ value: Double, labels: MetricLabels = [:]) -> CollectedSample {
        CollectedSample(name: name, labels: labels, value: value, count: nil)
    }

    /// One value of this metric, for a collector to return.
    public func sample(_ value: Int, labels: MetricLabels = [:]) -> CollectedSample {
        CollectedSample(name: name, labels: labels, value: Double(value), count: nil)
    }

    /// The sum and the number of values of a summary, for a collector to return.
    public func sample(sum: Double, count: Int, labels: MetricLabels = [:]) -> CollectedSample {
        CollectedSample(name: name, labels: labels, value: sum, count: count)
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
        case .summary: [name, name + "_sum", name + "_count"]
        case .histogram: [name, name + "_bucket", name + "_sum", name + "_count"]
        }
    }
}

/// A value that a collector found at the time of a scrape; made by ``MetricDescription``'s `sample(_:labels:)`.
public struct CollectedSample: Sendable, Hashable {
    let name: String
    let labels: MetricLabels
    let value: Double
    /// Of a summary, how many values were added up.
    let count: Int?
}
