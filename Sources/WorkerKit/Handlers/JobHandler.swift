public import Foundation
import JobCore

/// Runs the jobs of one type.
///
/// A handler may be called more than once for a job (at least once is what a distributed system can promise), so its
/// effects should be idempotent under ``RunningJob/id``. It should stop soon once its task is cancelled, which happens
/// when its time is up, its job is cancelled, or the worker ends or loses its lease.
public protocol JobHandler: Sendable {
    /// Runs a job.
    ///
    /// - Returns: What to keep as the job's result.
    /// - Throws: ``JobFailure`` to say what is to become of the job; any other error for a plain failure.
    func run(_ job: RunningJob) async throws -> JobResult
}

/// A handler made of a closure.
struct ClosureHandler: JobHandler {
    let body: @Sendable (RunningJob) async throws -> JobResult

    func run(_ job: RunningJob) async throws -> JobResult {
        try await body(job)
    }
}

/// What a handler returns: a JSON text that is kept with the job, or nothing.
public struct JobResult: Sendable {
    /// The largest result that is kept, in bytes.
    public static let maxBytes = RunResult.maxBytes

    let json: Data?

    /// Nothing to keep.
    public static let none = JobResult(json: nil)

    /// A JSON text as it is. One that is no JSON makes the run a failure.
    public static func json(_ text: Data) -> JobResult {
        JobResult(json: text)
    }

    /// A value, encoded as JSON.
    public static func encoding(_ value: some Encodable) throws -> JobResult {
        JobResult(json: try JSONEncoder().encode(value))
    }
}

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
