import Foundation
import JobCore
import Postgres

extension Evidence {
    /// Reads what the database has on record.
    mutating func read(_ database: PostgresConnection) async throws {
        records = try await database.query(Self.jobs).map { row in
            Record(
                id: try row.decode("id", as: UUID.self).text,
                state: try row.decode("state", as: String.self),
                run: Int(try row.decode("run", as: Int32.self)),
                worker: try row.decode("worker_id", as: UUID?.self)?.uuidString,
                mark: try row.decode("mark", as: String?.self),
                finished: try row.decode("finished_at", as: Date?.self),
                backlog: Backlog(
                    tenant: try row.decode("tenant", as: String.self),
                    queue: try row.decode("queue", as: String.self),
                    priority: try row.decode("priority", as: String.self),
                    type: try row.decode("type", as: String.self)
                ),
                queued: try row.decode("queued_at", as: Date?.self),
                started: try row.decode("started_at", as: Date?.self),
                reason: try row.decode("reason", as: String?.self),
                attempts: Int(try row.decode("attempt", as: Int32.self)),
                maxAttempts: Int(try row.decode("max_attempts", as: Int32.self))
            )
        }
        attempts = try await database.query(Self.attempts).map { row in
            Attempt(
                job: try row.decode("job_id", as: UUID.self).text,
                run: Int(try row.decode("run", as: Int32.self)),
                worker: try row.decode("worker_id", as: UUID.self).uuidString,
                kind: try row.decode("kind", as: String.self),
                ended: try row.decode("ended_at", as: Date.self)
            )
        }
        firings = try await database.query(Self.firings).map { row in
            Firing(
                schedule: try row.decode("name", as: String.self),
                instant: try row.decode("fire_at", as: Date.self),
                jobs: try row.decode("jobs", as: Int.self)
            )
        }
    }

    /// How many jobs have not ended.
    static func liveJobs(_ database: PostgresConnection) async throws -> Int {
        try await database.query(live)[0].decode(0, as: Int.self)
    }

    private static let jobs = PostgresStatement(
        "chaos_jobs",
        """
        select id, state::text, run, worker_id, payload->>'mark' as mark, finished_at, tenant, queue, priority::text, type, queued_at,
               started_at, reason, attempt, max_attempts
        from jobs
        """
    )
    private static let attempts = PostgresStatement(
        "chaos_attempts",
        "select job_id, run, worker_id, kind, ended_at from job_attempts"
    )
    private static let firings = PostgresStatement(
        "chaos_firings",
        """
        select s.name, f.fire_at, (select count(*) from jobs j where j.id = f.job_id) as jobs
        from schedule_firings f join schedules s on s.id = f.schedule_id
        """
    )
    private static let live = PostgresStatement("chaos_live", "select count(*) from jobs_live")
}
