import Foundation
import JobCore

/// What running a job once came to.
public enum JobOutcome<Output: Sendable>: Sendable {
    /// The handler returned.
    case completed(Output)
    /// It failed, and there will be another attempt after so long; where the real delay has jitter, its full length.
    case retried(error: String, after: Duration)
    /// It failed in its last attempt: the job goes to the dead letters.
    case failed(error: String)
    /// It said that another attempt is pointless: the job goes to the dead letters.
    case discarded(reason: String)
    /// It is to run again after so long, and the attempt does not count.
    case snoozed(for: Duration)
    /// The job was cancelled, and the handler did not succeed before.
    case cancelled
    /// The run is given back, as the worker ends or lost its lease: it will run elsewhere, and the attempt does not count.
    case released
}

extension JobOutcome: Equatable where Output: Equatable {}
extension JobOutcome: Hashable where Output: Hashable {}

extension JobOutcome where Output == Data? {
    /// What a worker reports of a run.
    ///
    /// - Parameter isLast: Whether the job has no attempt after it.
    init(_ outcome: RunOutcome.Kind, isLast: Bool) {
        self =
            switch outcome {
            case .success(let result): .completed(result.map { Data($0) })
            case .failure(let failure) where failure.isFinal: .discarded(reason: failure.error)
            case .failure(let failure) where isLast: .failed(error: failure.error)
            case .failure(let failure): .retried(error: failure.error, after: failure.retryAfter)
            case .release(let delay?): .snoozed(for: delay)
            case .release(nil): .released
            case .cancelled: .cancelled
            }
    }
}
