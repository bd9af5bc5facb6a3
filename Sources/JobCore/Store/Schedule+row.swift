import Foundation
import Postgres

extension Schedule {
    /// Reads a row of a statement that gives schedules.
    init(row: PostgresRow) throws {
        self.init(
            id: ScheduleID(try row.decode("id", as: UUID.self)),
            tenant: TenantName(validated: try row.decode("tenant", as: String.self)),
            definition: ScheduleDefinition(
                name: ScheduleName(validated: try row.decode("name", as: String.self)),
                cron: try row.decode("cron", as: String.self),
                timeZone: try row.decode("timezone", as: String?.self),
                missedRuns: try row.decode("missed_runs", as: MissedRunPolicy.self),
                overlap: try row.decode("overlap", as: OverlapPolicy.self),
                job: try JobTemplate(row: row)
            ),
            isPaused: try row.decode("paused", as: Bool.self),
            settledAt: try row.decode("settled_at", as: Date.self),
            nextAt: try row.decode("next_at", as: Date?.self),
            waitingAt: try row.decode("waiting_at", as: Date?.self),
            lastAt: try row.decode("last_at", as: Date?.self),
            lastJob: try row.decode("last_job_id", as: UUID?.self).map(JobID.init),
            createdAt: try row.decode("created_at", as: Date.self),
            updatedAt: try row.decode("updated_at", as: Date.self),
            version: Int(try row.decode("version", as: Int32.self))
        )
    }
}

extension JobTemplate {
    fileprivate init(row: PostgresRow) throws {
        self.init(
            type: JobType(validated: try row.decode("type", as: String.self)),
            queue: QueueName(validated: try row.decode("queue", as: String.self)),
            priority: try row.decode("priority", as: Priority.self),
            payload: try row.decode("payload", as: PostgresJSON.self).bytes,
            maxAttempts: Int(try row.decode("max_attempts", as: Int32.self)),
            retry: try row.decode("retry", as: PostgresJSON?.self).map { try RetryPolicy(json: $0) },
            timeout: try row.decode("timeout_ms", as: Int64?.self).map { .milliseconds($0) },
            tags: try row.decode("tags", as: [String].self)
        )
    }
}
