public import Foundation

/// What became of a job that was submitted.
public enum SubmissionResult: Hashable, Sendable {
    /// It is on record since that time, by the database's clock.
    case stored(at: Date)
    /// The same request was sent before, and made that job.
    case repeated(JobID)
    /// Another request was sent under the same idempotency key; nothing was stored.
    case keyReused
}
