import Foundation
public import JobCore
public import Postgres

/// Cancels jobs.
public struct CancellationStore: Sendable {
    /// The channel on which job-services hear which run is to be stopped; see ``CancelledRun/init(notification:)``.
    public static let channel = "qf_cancellations"

    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Cancels a job: at once when it waits; when it runs, its worker is told. May be asked any number of times.
    ///
    /// - Parameter tenant: Whose job it must be; nil means anybody's.
    /// - Returns: What became of the job; nil when there is no such job, or it has ended.
    public func cancel(_ job: JobID, of tenant: TenantName?) async throws -> Cancellation? {
        let rows = try await pool.query(Statements.cancelJobs, [job.uuid], tenant?.rawValue, nil as [String]?)
        return try rows.first.map { row in
            guard try row.decode("is_cancelled", as: Bool.self) else { return .requested }
            return .cancelled(JobType(validated: try row.decode("type", as: String.self)))
        }
    }
}

/// What became of a job that was cancelled.
public enum Cancellation: Hashable, Sendable {
    /// It waited, was of this type, and is cancelled.
    case cancelled(JobType)
    /// It runs, and will be cancelled unless its handler succeeds first.
    case requested
}

/// A run that is to be stopped, as its job was cancelled.
public struct CancelledRun: Hashable, Sendable {
    /// Whose job-service session the word goes through.
    public var worker: WorkerID
    /// Of which job.
    public var job: JobID
    /// Which run.
    public var run: Int

    /// A run to stop.
    public init(worker: WorkerID, job: JobID, run: Int) {
        self.worker = worker
        self.job = job
        self.run = run
    }

    /// Reads a notification as `cancel_jobs.sql` writes it: worker, job and run, with spaces between; nil for other text.
    public init?(notification: String) {
        let parts = notification.split(separator: " ")
        guard parts.count == 3, let worker = WorkerID(parts[0]), let job = JobID(parts[1]),
            let run = Int(parts[2])
        else { return nil }
        self.init(worker: worker, job: job, run: run)
    }
}
