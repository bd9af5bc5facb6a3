import Foundation
import JobCore
package import Postgres

extension Backlog {
    /// Reads the columns of a backlog.
    init(row: PostgresRow) throws {
        self.init(
            tenant: TenantName(validated: try row.decode("tenant", as: String.self)),
            queue: QueueName(validated: try row.decode("queue", as: String.self)),
            priority: try row.decode("priority", as: Priority.self),
            type: JobType(validated: try row.decode("type", as: String.self))
        )
    }
}

extension JobAnnouncement {
    /// Reads a row of a statement that queues jobs.
    init(row: PostgresRow) throws {
        self.init(
            id: JobID(try row.decode("id", as: UUID.self)),
            run: Int(try row.decode("next_run", as: Int32.self)),
            backlog: try Backlog(row: row),
            trace: try row.decode("trace", as: String?.self),
            queuedAt: try row.decode("queued_at", as: Date.self)
        )
    }
}

extension EndedRuns {
    /// Takes in a row whose column `became` says in which state the job is now.
    mutating func add(_ row: PostgresRow) throws {
        switch try row.decode("became", as: JobState.self) {
        case .queued: announcements.append(try JobAnnouncement(row: row))
        case .dead: deaths.append(try DeadLetter(row: row))
        case .retrying: retried += 1
        case .cancelled: cancelled += 1
        case .scheduled, .running, .completed: break
        }
    }
}

extension JobCounts {
    /// Reads a row of `count_jobs.sql`, `find_queue.sql` or `list_queues.sql`.
    package init(row: PostgresRow) throws {
        self.init(
            submitted: try row.decode("submitted", as: Int64.self),
            scheduled: try row.decode("scheduled", as: Int64.self),
            queued: try row.decode("queued", as: Int64.self),
            running: try row.decode("running", as: Int64.self),
            retrying: try row.decode("retrying", as: Int64.self),
            completed: try row.decode("completed", as: Int64.self),
            cancelled: try row.decode("cancelled", as: Int64.self),
            failed: try row.decode("failed", as: Int64.self),
            died: try row.decode("died", as: Int64.self),
            dead: try row.decode("dead", as: Int64.self)
        )
    }
}
