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
