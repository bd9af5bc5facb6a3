/// Where a job stands in its life.
public enum JobState: String, CaseIterable, Hashable, Sendable {
    /// Waits for its `execute_at`.
    case scheduled
    /// May run now.
    case queued
    /// A worker holds it.
    case running
    /// Waits for its backoff to pass.
    case retrying
    /// Ended well.
    case completed
    /// Ended without success and lies among the dead letters.
    case dead
    /// Was called off.
    case cancelled

    /// Whether nothing happens to the job any more, unless it is replayed.
    public var isTerminal: Bool {
        switch self {
        case .completed, .dead, .cancelled: true
        case .scheduled, .queued, .running, .retrying: false
        }
    }
}
