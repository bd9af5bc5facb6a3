import Foundation
import Postgres

extension DeadLetter {
    /// Reads a row of `list_dead_letters.sql`, or of a statement that tells of deaths.
    init(row: PostgresRow) throws {
        self.init(
            id: JobID(try row.decode("id", as: UUID.self)),
            tenant: try row.decode("tenant", as: String.self),
            queue: try row.decode("queue", as: String.self),
            type: try row.decode("type", as: String.self),
            priority: try row.decode("priority", as: Priority.self),
            run: Int(try row.decode("run", as: Int32.self)),
            attempt: Int(try row.decode("attempt", as: Int32.self)),
            maxAttempts: Int(try row.decode("max_attempts", as: Int32.self)),
            worker: try row.decode("worker_id", as: UUID?.self).map(WorkerID.init),
            createdAt: try row.decode("created_at", as: Date.self),
            diedAt: try row.decode("died_at", as: Date.self),
            reason: try row.decode("reason", as: DeadReason.self),
            kind: try row.decode("kind", as: String.self),
            error: try row.decode("error", as: String?.self) ?? "",
            fingerprint: try row.decode("fingerprint", as: String.self)
        )
    }
}
