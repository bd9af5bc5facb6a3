/// How urgent a job is. The records of each priority have a topic of their own.
public enum Priority: String, CaseIterable, Hashable, Sendable {
    case critical
    case high
    case normal
    case low

    /// The share of free slots that jobs of this priority get while all are waiting.
    public var weight: Int {
        switch self {
        case .critical: 8
        case .high: 4
        case .normal: 2
        case .low: 1
        }
    }

    /// Whether a job is not to wait for the exchanges that work a backlog off.
    public var isUrgent: Bool { self == .critical || self == .high }
}
