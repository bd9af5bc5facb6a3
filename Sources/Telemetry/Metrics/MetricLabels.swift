/// The labels that tell a metric's series apart, such as `["queue": "email", "priority": "high"]`.
///
/// Every different set of values makes a series of its own that lives as long as the process, so a label's values must
/// be few: a queue or a status, never a job id, a user or a path. ``PrometheusRegistry`` caps the series of a metric as
/// a last resort.
public struct MetricLabels: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    struct Label: Sendable, Hashable {
        let name: String
        let value: String
    }

    /// In the order of their names, each name once.
    let labels: [Label]

    /// Creates labels from names and values.
    ///
    /// - Precondition: A name matches `[a-zA-Z_][a-zA-Z0-9_]*`, does not begin with `__` (reserved by the Prometheus
    ///   data model), is not `le` (a histogram's own), and comes once.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }

    /// Creates labels from names and values; a precondition of ``init(dictionaryLiteral:)`` holds here too.
    public init(_ elements: some Sequence<(String, String)>) {
        labels = elements.map(Label.init).sorted { $0.name < $1.name }
        for label in labels {
            precondition(MetricName.isValidLabel(label.name), "\"\(label.name)\" cannot be the name of a label.")
        }
        precondition(
            zip(labels, labels.dropFirst()).allSatisfy { $0.name != $1.name },
            "A label's name comes once: \(labels.map(\.name))."
        )
    }

    /// Creates labels from names that need not be valid: what a label's name cannot hold becomes `_`, and of several
    /// names that become the same the first counts.
    init(sanitizing dimensions: [(String, String)]) {
        let named = dimensions.map { (MetricName.sanitizedLabel($0.0), $0.1) }
        labels = Dictionary(named) { first, _ in first }
            .map(Label.init)
            .sorted { $0.name < $1.name }
    }

    private init(labels: [Label]) {
        self.labels = labels
    }

    /// The same names, each with `value`.
    func replacingValues(with value: String) -> MetricLabels {
        MetricLabels(labels: labels.map { Label(name: $0.name, value: value) })
    }

    /// The same names with other values.
    func mapValues(_ transform: (_ name: String, _ value: String) -> String) -> MetricLabels {
        MetricLabels(labels: labels.map { Label(name: $0.name, value: transform($0.name, $0.value)) })
    }

    /// The labels as the exposition formats write them between the braces.
    var text: String {
        labels.map { "\($0.name)=\"\(ExpositionWriter.escapedLabelValue($0.value))\"" }.joined(separator: ",")
    }
}
