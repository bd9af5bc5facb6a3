import Foundation
public import JobCore
import Postgres

/// Reads jobs for people and clients.
public struct JobReader: Sendable {
    let pool: GuardedPool

    /// A reader on a pool of connections.
    public init(pool: GuardedPool) {
        self.pool = pool
    }

    /// One job; nil when there is none, or none of that tenant.
    ///
    /// - Parameter tenant: Whose job it must be; nil means anybody's.
    public func job(_ id: JobID, of tenant: TenantName?) async throws -> Job? {
        try await pool.query(Statements.findJob, id.uuid, tenant?.rawValue).first.map(Job.init(row:))
    }

    /// Whose job a run is, and the trace of its submission; nil when the worker does not hold it.
    public func heldRun(_ run: RunKey, by worker: WorkerID) async throws -> (tenant: TenantName, trace: String?)? {
        try await pool.query(Statements.heldRun, run.job.uuid, Int32(clamping: run.run), worker.uuid).first.map { row in
            (
                TenantName(validated: try row.decode("tenant", as: String.self)),
                try row.decode("trace", as: String?.self)
            )
        }
    }

    /// Whether a live worker could run a job: one that serves its tenant and queue, and has a handler for its type.
    public func isHandled(_ job: Job) async throws -> Bool {
        try await pool.query(Statements.isHandled, job.tenant, job.queue, job.type).single(Bool.self)
    }

    /// What stands in the way of a job that waits. How many queued jobs of its backlog are older is looked at for a queued one,
    /// ``JobObstacles/maxAhead`` at most.
    ///
    /// - Parameter tenant: Whose running jobs may be told by their type; nil means everybody's.
    public func obstacles(of job: Job, seenBy tenant: TenantName?) async throws -> JobObstacles {
        let queuedAt = job.state == .queued ? job.queuedAt : nil
        let ahead = queuedAt.map {
            Statements.jobsAhead.bind(
                job.tenant,
                job.queue,
                job.priority.rawValue,
                job.type,
                $0,
                Int32(JobObstacles.maxAhead + 1)
            )
        }
        let facts = Statements.explainJob.bind(job.tenant, job.queue, job.type, tenant?.rawValue)
        let results = try await pool.pipeline(
            [Statements.planInOrder.bind(), facts] + (ahead.map { [$0] } ?? []),
            limit: nil
        )
        guard let row = results[1].first else { throw NoRow() }
        var obstacles = try JobObstacles(row: row)
        if results.count > 2, let row = results[2].first {
            obstacles.ahead = Int(try row.decode("ahead", as: Int64.self))
            obstacles.isAheadExact = try row.decode("examined", as: Int64.self) <= JobObstacles.maxAhead
        }
        return obstacles
    }

    /// A job's attempts, the newest first: those that failed, at most 500, and the one that is under way, succeeded or was
    /// stopped, which only the job itself tells.
    public func attempts(of job: Job) async throws -> [JobAttempt] {
        let failed = try await pool.query(Statements.listAttempts, job.id.uuid, Int32(JobAttempt.maxListed))
            .map(JobAttempt.init(row:))
        guard let last = JobAttempt(lastOf: job), last.run != failed.first?.run else { return failed }
        return [last] + failed
    }

    /// What a job's handlers logged with it, the newest first.
    ///
    /// - Parameter run: Of which run; nil means of all that are kept.
    public func logLines(of job: JobID, run: Int?, limit: Int) async throws -> [JobLogLine] {
        try await pool.query(Statements.listLogLines, job.uuid, run.map { Int32(clamping: $0) }, Int32(limit))
            .map(JobLogLine.init(row:))
    }

    /// Lines that handlers logged, of each run in their order. Those that others took the place of meanwhile are not there.
    public func lines(_ wanted: [LoggedLines]) async throws -> [(run: RunKey, lines: [RunNote.Line])] {
        let rows = try await pool.query(
            Statements.logLinesOfRuns,
            wanted.map(\.run.job.uuid),
            wanted.map { Int32(clamping: $0.run.run) },
            wanted.map { Int32(clamping: $0.first) },
            wanted.map { Int32(clamping: $0.last) }
        )
        var found: [(run: RunKey, lines: [RunNote.Line])] = []
        for row in rows {
            let run = RunKey(
                job: JobID(try row.decode("job_id", as: UUID.self)),
                run: Int(try row.decode("run", as: Int32.self))
            )
            if found.last?.run != run { found.append((run, [])) }
            found[found.count - 1].lines.append(try RunNote.Line(row: row))
        }
        return found
    }

    /// The figures of all queues.
    ///
    /// - Parameter tenant: Whose queues; nil means everybody's.
    public func counts(of tenant: TenantName?) async throws -> JobCounts {
        let rows = try await pool.query(Statements.countJobs, tenant?.rawValue)
        return try rows.first.map(JobCounts.init(row:)) ?? JobCounts()
    }

    /// What is to be told of some jobs that changed, in any order; nothing of those that are gone.
    public func summaries(of jobs: [JobID]) async throws -> [JobSummary] {
        try await pool.query(Statements.findJobs, jobs.map(\.uuid)).map(JobSummary.init(row:))
    }
}

extension Job {
    /// Reads a row of `find_job.sql` or `walk_jobs.sql`.
    init(row: PostgresRow) throws {
        let job = JobColumns(row: row)
        self.init(
            id: try job.id,
            tenant: try job.tenant,
            queue: try job.queue,
            type: try job.type,
            priority: try job.priority,
            state: try job.state,
            run: try job.run,
            attempt: try job.attempt,
            maxAttempts: try job.maxAttempts,
            timeoutMilliseconds: try row.decode("timeout_ms", as: Int64?.self),
            tags: try row.decode("tags", as: [String]?.self) ?? [],
            retry: try row.decode("retry", as: PostgresJSON?.self)?.bytes,
            payload: try row.decode("payload", as: PostgresJSON?.self)?.bytes ?? [],
            createdAt: try job.createdAt,
            queuedAt: try row.decode("queued_at", as: Date?.self),
            runAt: try row.decode("run_at", as: Date?.self),
            startedAt: try row.decode("started_at", as: Date?.self),
            finishedAt: try row.decode("finished_at", as: Date?.self),
            worker: try job.worker,
            error: try job.error,
            result: try row.decode("result", as: PostgresJSON?.self)?.bytes,
            reason: try row.decode("reason", as: String?.self),
            cancelRequestedAt: try row.decode("cancel_requested_at", as: Date?.self),
            progress: try JobProgress(row: row),
            parent: try row.decode("parent_id", as: UUID?.self).map(JobID.init),
            trace: try row.decode("trace", as: String?.self)
        )
    }
}

extension JobProgress {
    /// Reads the columns of a job that tell how far its handler said it is; nil when it said nothing.
    init?(row: PostgresRow) throws {
        guard let fraction = try row.decode("progress", as: Double?.self) else { return nil }
        self.init(
            fraction: fraction,
            message: try row.decode("message", as: String?.self) ?? "",
            run: Int(try row.decode("progress_run", as: Int32.self)),
            at: try row.decode("progressed_at", as: Date.self)
        )
    }
}

extension JobLogLine {
    /// Reads a row of `list_log_lines.sql`.
    init(row: PostgresRow) throws {
        self.init(
            run: Int(try row.decode("run", as: Int32.self)),
            number: Int(try row.decode("number", as: Int32.self)),
            at: try row.decode("at", as: Date.self),
            level: try row.decode("level", as: String.self),
            message: try row.decode("message", as: String.self)
        )
    }
}

extension RunNote.Line {
    /// Reads a row of `log_lines_of_runs.sql`.
    fileprivate init(row: PostgresRow) throws {
        self.init(
            number: Int(try row.decode("number", as: Int32.self)),
            age: .milliseconds(try row.decode("age_ms", as: Int64.self)),
            level: try row.decode("level", as: String.self),
            message: try row.decode("message", as: String.self)
        )
    }
}

extension JobSummary {
    /// Reads a row of `find_jobs.sql`.
    init(row: PostgresRow) throws {
        let job = JobColumns(row: row)
        self.init(
            id: try job.id,
            tenant: try job.tenant,
            queue: try job.queue,
            type: try job.type,
            priority: try job.priority,
            state: try job.state,
            run: try job.run,
            attempt: try job.attempt,
            error: try job.error,
            worker: try job.worker,
            progress: try JobProgress(row: row)
        )
    }
}

extension JobAttempt {
    /// Reads a row of `list_attempts.sql`.
    init(row: PostgresRow) throws {
        self.init(
            run: Int(try row.decode("run", as: Int32.self)),
            attempt: Int(try row.decode("attempt", as: Int32.self)),
            outcome: .failed,
            kind: try row.decode("kind", as: String.self),
            error: try row.decode("error", as: String.self),
            worker: WorkerID(try row.decode("worker_id", as: UUID.self)),
            startedAt: try row.decode("started_at", as: Date.self),
            endedAt: try row.decode("ended_at", as: Date.self)
        )
    }
}
