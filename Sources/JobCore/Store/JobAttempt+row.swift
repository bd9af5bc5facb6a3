import Foundation
import Postgres

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
