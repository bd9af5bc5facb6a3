import Foundation
import Postgres

extension Job {
    /// Reads a row of `find_job.sql` or `list_jobs.sql`.
    init(row: PostgresRow) throws {
        self.init(
            id: JobID(try row.decode("id", as: UUID.self)),
            tenant: try row.decode("tenant", as: String.self),
            queue: try row.decode("queue", as: String.self),
            type: try row.decode("type", as: String.self),
            priority: try row.decode("priority", as: Priority.self),
            state: try row.decode("state", as: JobState.self),
            run: Int(try row.decode("run", as: Int32.self)),
            attempt: Int(try row.decode("attempt", as: Int32.self)),
            maxAttempts: Int(try row.decode("max_attempts", as: Int32.self)),
            timeoutMilliseconds: try row.decode("timeout_ms", as: Int64?.self),
            tags: try row.decode("tags", as: [String]?.self) ?? [],
            retry: try row.decode("retry", as: PostgresJSON?.self)?.bytes,
            payload: try row.decode("payload", as: PostgresJSON.self).bytes,
            createdAt: try row.decode("created_at", as: Date.self),
            queuedAt: try row.decode("queued_at", as: Date?.self),
            runAt: try row.decode("run_at", as: Date?.self),
            startedAt: try row.decode("started_at", as: Date?.self),
            finishedAt: try row.decode("finished_at", as: Date?.self),
            worker: try row.decode("worker_id", as: UUID?.self).map(WorkerID.init),
            error: try row.decode("error", as: String?.self),
            result: try row.decode("result", as: PostgresJSON?.self)?.bytes,
            reason: try row.decode("reason", as: String?.self),
            cancelRequestedAt: try row.decode("cancel_requested_at", as: Date?.self)
        )
    }
}
