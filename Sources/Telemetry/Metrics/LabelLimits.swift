import Synchronization

/// Keeps the values of some labels few, whatever clients make up: the first that come stand for themselves in every metric, all
/// others are `_other`.
///
/// A value that was let in stays, so that the counters of its series only go up.
public final class LabelLimits: Sendable {
    /// What stands for the values that were not let in.
    public static let other = "_other"

    private let limits: [String: Int]
    private let admitted = Mutex<[String: Set<String>]>([:])

    /// Limits labels.
    ///
    /// - Parameter limits: For the names of labels, how many values of each stand for themselves.
    public init(_ limits: [String: Int]) {
        self.limits = limits
    }

    /// The value that a label gets: the one given, or ``other`` when it would be one too many.
    public func value(_ value: String, of label: String) -> String {
        guard let limit = limits[label], value != Self.other else {
            return value
        }
        return admitted.withLock { admitted in
            if admitted[label]?.contains(value) ?? false {
                return value
            }
            guard admitted[label, default: []].count < limit else {
                return Self.other
            }
            admitted[label, default: []].insert(value)
            return value
        }
    }

    /// The labels with the values that they get.
    func values(of labels: MetricLabels) -> MetricLabels {
        guard labels.labels.contains(where: { limits[$0.name] != nil }) else {
            return labels
        }
        return labels.mapValues { value($1, of: $0) }
    }
}
