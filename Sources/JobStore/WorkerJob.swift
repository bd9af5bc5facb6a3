public import Foundation
public import JobCore
import Postgres

/// A job that a worker runs.
public struct WorkerJob: Hashable, Sendable {
    /// Its id.
    public var id: JobID
    /// Its type.
    public var type: String
    /// Where it waited.
    public var queue: String
    /// Whose it is.
    public var tenant: String
    /// When the run started.
    public var startedAt: Date?
    /// Which attempt it is.
    public var attempt: Int
    /// How far its handler said last that it is.
    public var progress: JobProgress?
}

extension WorkerJob {
    /// Reads a row of `jobs_of_worker.sql`.
    init(row: PostgresRow) throws {
        let job = JobColumns(row: row)
        self.init(
            id: try job.id,
            type: try job.type,
            queue: try job.queue,
            tenant: try job.tenant,
            startedAt: try row.decode("started_at", as: Date?.self),
            attempt: try job.attempt,
            progress: try JobProgress(row: row)
        )
    }
}

extension JobReader {
    /// A worker that holds a lease, and what it runs, those first that began first; nil when there is none.
    ///
    /// - Parameter limit: The most jobs to tell of.
    public func worker(_ id: WorkerID, limit: Int) async throws -> (worker: LiveWorker, jobs: [WorkerJob])? {
        let statements = [Statements.liveWorker.bind(id.uuid), Statements.jobsOfWorker.bind(id.uuid, Int32(limit))]
        let results = try await pool.pipeline(statements, limit: nil)
        guard let worker = try results[0].first.map(LiveWorker.init(row:)) else { return nil }
        return (worker, try results[1].map(WorkerJob.init(row:)))
    }
}
