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

extension JobsByTenant {
    /// The jobs of rows with the columns `id` and `tenant`.
    init(_ rows: some Sequence<PostgresRow>) throws {
        self.init()
        for row in rows { try add(row) }
    }

    /// Adds the job of such a row.
    mutating func add(_ row: PostgresRow) throws {
        add(
            JobID(try row.decode("id", as: UUID.self)),
            of: TenantName(validated: try row.decode("tenant", as: String.self))
        )
    }
}

extension EndedRuns {
    /// Takes in a row of `fail_jobs.sql`, `release_jobs.sql` or `return_lost_jobs.sql`, whose column `became` says in which state the job
    /// is now.
    mutating func add(_ row: PostgresRow, of ending: RunEnding) throws {
        let became = try row.decode("became", as: JobState.self)
        switch became {
        case .queued: announcements.append(try JobAnnouncement(row: row))
        case .dead: deaths.append(try DeadLetter(row: row))
        case .retrying: retried += 1
        case .cancelled: try cancelledJobs.add(row)
        case .scheduled, .running, .completed: break
        }
        let kind = RunEnds.Kind(
            type: try row.decode("type", as: String.self),
            priority: try row.decode("priority", as: Priority.self),
            outcome: try ending.outcome(became, row),
            became: became
        )
        ends.add(kind, try ending == .release ? .one() : .one(row))
    }

    /// Takes in a row of `complete_jobs.sql`: many runs of one type and priority.
    mutating func add(completed row: PostgresRow) throws {
        let kind = RunEnds.Kind(
            type: try row.decode(0, as: String.self),
            priority: try row.decode("priority", as: Priority.self),
            outcome: .completed,
            became: .completed
        )
        let now = try row.decode(2, as: PostgresTimestamp.self)
        var times = RunEnds.Times()
        times.runs = try row.decode(3, as: [PostgresTimestamp].self).map(now.microseconds(since:))
        times.wholes = try row.decode(4, as: [PostgresTimestamp].self).map(now.microseconds(since:))
        times.count = times.runs.count
        if let parts = try row.decode(5, as: String?.self)?.split(separator: " "), parts.count == 3,
            let started = Int64(parts[0]), let ready = Int64(parts[1])
        {
            let end = now.microsecondsSince1970
            times.traced = (max(0, end - started), max(0, end - ready), String(parts[2]))
        }
        ends.add(kind, times)
    }
}

/// Which statement put the end of a run on record, besides that of a success.
enum RunEnding {
    case failure
    case release
    case loss

    /// How the run ended.
    fileprivate func outcome(_ became: JobState, _ row: PostgresRow) throws -> RunEnds.Outcome {
        switch self {
        case .loss: .lost
        case _ where became == .cancelled: .cancelled
        case .failure: try row.decode("kind", as: String.self) == "timeout" ? .timedOut : .failed
        case .release: became == .scheduled ? .snoozed : .released
        }
    }
}

extension RunEnds.Times {
    /// A run whose times nobody asks for.
    fileprivate static func one() -> RunEnds.Times {
        var times = RunEnds.Times()
        times.count = 1
        return times
    }

    /// A run that ended now.
    fileprivate static func one(_ row: PostgresRow) throws -> RunEnds.Times {
        var times = one()
        let now = try row.decode("died_at", as: PostgresTimestamp.self)
        let run = now.microseconds(since: try row.decode("started_at", as: PostgresTimestamp.self))
        let whole = now.microseconds(since: try row.decode("ready_at", as: PostgresTimestamp.self))
        (times.runs, times.wholes) = ([run], [whole])
        if let trace = try row.decode("trace", as: String?.self) { times.traced = (run, whole, trace) }
        return times
    }
}

extension PostgresTimestamp {
    /// How long this is after another time; never below zero.
    fileprivate func microseconds(since other: PostgresTimestamp) -> Int64 {
        max(0, microsecondsSince2000.subtractingReportingOverflow(other.microsecondsSince2000).partialValue)
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
