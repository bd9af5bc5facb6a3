/// What a schedule does when a firing is due while the job of an earlier one has not ended.
public enum OverlapPolicy: String, CaseIterable, Hashable, Sendable, Codable {
    /// Both run.
    case allow
    /// The new firing does not happen.
    case skip
    /// The new firing waits for the end of the job, and those that come while one waits do not happen.
    case queue

    /// What a schedule does that says nothing.
    public static let `default` = OverlapPolicy.allow

    /// What becomes of a firing.
    public enum Decision: String, CaseIterable, Hashable, Sendable {
        /// Its job is made now.
        case fire
        /// Its job is made once the running one has ended.
        case wait
        /// It has no job.
        case drop
    }

    /// Decides about a firing that is due.
    ///
    /// - Parameters:
    ///   - isUnfinished: Whether the job of an earlier firing has not reached an end.
    ///   - isWaiting: Whether a firing waits already. It goes first, so a new one never overtakes it.
    public func decision(isUnfinished: Bool, isWaiting: Bool) -> Decision {
        switch self {
        case .allow: .fire
        case .skip: isUnfinished ? .drop : .fire
        case .queue: isWaiting ? .drop : isUnfinished ? .wait : .fire
        }
    }
}
