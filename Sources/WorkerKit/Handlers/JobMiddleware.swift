public import Logging

/// What stands round every handler of a worker: it sees the job before and the result or error after, and may change both.
///
///     struct Audited: JobMiddleware {
///         func run(_ job: RunningJob, next: any JobHandler) async throws -> JobResult {
///             let result = try await next.run(job)
///             await audit.note(job.id)
///             return result
///         }
///     }
///
/// The one that was added first is outermost. Time-outs, metrics and what errors lead to are outside of all.
public protocol JobMiddleware: Sendable {
    /// Runs a job, as a rule by passing it on.
    ///
    /// - Parameters:
    ///   - job: The job, as what stands outside passed it on.
    ///   - next: The handler, or the next middleware.
    func run(_ job: RunningJob, next: any JobHandler) async throws -> JobResult
}

/// A handler with a middleware round it.
struct WrappedHandler: JobHandler {
    let middleware: any JobMiddleware
    let next: any JobHandler

    func run(_ job: RunningJob) async throws -> JobResult {
        try await middleware.run(job, next: next)
    }
}

/// Logs the start and the end of each run.
public struct LogRuns: JobMiddleware {
    private let level: Logger.Level

    /// Logs at a level.
    public init(level: Logger.Level = .info) {
        self.level = level
    }

    /// Passes the job on.
    public func run(_ job: RunningJob, next: any JobHandler) async throws -> JobResult {
        let (logger, start) = (job.logger, ContinuousClock.now)
        func elapsed() -> Logger.MetadataValue { "\((ContinuousClock.now - start) / .milliseconds(1))" }
        logger.log(level: level, "a run starts", metadata: ["queue": "\(job.queue)", "run": "\(job.run)"])
        do {
            let result = try await next.run(job)
            logger.log(level: level, "a run succeeded", metadata: ["duration_ms": elapsed()])
            return result
        } catch {
            logger.log(level: level, "a run failed", metadata: ["duration_ms": elapsed(), "error": "\(error)"])
            throw error
        }
    }
}

/// Makes of an error what is to become of the job, in one place for all handlers.
///
///     worker.use(MapErrors { error, _ in
///         (error as? HTTPError)?.status == 404 ? JobFailure.discard("it is gone") : error
///     })
public struct MapErrors: JobMiddleware {
    private let map: @Sendable (any Error, RunningJob) -> any Error

    /// Maps every error that a handler throws.
    public init(_ map: @escaping @Sendable (any Error, RunningJob) -> any Error) {
        self.map = map
    }

    /// Passes the job on.
    public func run(_ job: RunningJob, next: any JobHandler) async throws -> JobResult {
        do {
            return try await next.run(job)
        } catch {
            throw map(error, job)
        }
    }
}
