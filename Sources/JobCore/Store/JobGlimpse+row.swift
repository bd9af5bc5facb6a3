import Foundation
import Postgres

extension JobGlimpse {
    /// Reads a row of `find_jobs.sql`.
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
            error: try row.decode("error", as: String?.self),
            worker: try row.decode("worker_id", as: UUID?.self).map(WorkerID.init)
        )
    }
}
