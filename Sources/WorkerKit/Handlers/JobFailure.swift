/// An error with which a handler says what is to become of the job. Any other error is a plain failure, which the job's
/// retry policy answers.
public struct JobFailure: Error, CustomStringConvertible {
    enum Kind: Sendable {
        case failure(String, isFinal: Bool, retryAfter: Duration?)
        case snooze(Duration)
    }

    let kind: Kind

    /// Another attempt is pointless: the job goes to the dead letters.
    public static func discard(_ reason: String) -> JobFailure {
        JobFailure(kind: .failure(reason, isFinal: true, retryAfter: nil))
    }

    /// The attempt failed; the next one is to come after the delay instead of what the retry policy says.
    public static func retry(after delay: Duration, _ reason: String) -> JobFailure {
        JobFailure(kind: .failure(reason, isFinal: false, retryAfter: delay))
    }

    /// The job is to run again after the delay, and this attempt does not count.
    public static func snooze(for delay: Duration) -> JobFailure {
        JobFailure(kind: .snooze(delay))
    }

    /// What happened.
    public var description: String {
        switch kind {
        case .failure(let reason, _, _): reason
        case .snooze(let delay): "snoozed for \(delay)"
        }
    }
}
