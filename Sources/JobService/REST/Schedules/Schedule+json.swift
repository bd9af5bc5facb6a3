import Formats
import HTTPTypes
import Hummingbird
import JobCore
import JobStore

extension Schedule {
    /// What an `ETag` of this version is.
    var entityTag: String { "\"\(version)\"" }

    /// How many bytes it will have as JSON, about.
    var sizeHint: Int { 1_024 + definition.job.payload.count }

    /// Writes the schedule as clients see it. The payload is spliced in as it is.
    func write(to writer: inout JSONWriter) {
        let (definition, job) = (definition, definition.job)
        writer.object { schedule in
            schedule.member("id", id.description)
            schedule.member("name", definition.name.rawValue)
            schedule.member("tenant", tenant.rawValue)
            schedule.member("cron", definition.cron)
            schedule.member("timezone", orNull: definition.timeZone)
            schedule.member("description", orNull: try? CronExpression(definition.cron).englishDescription)
            schedule.member("missed_runs", definition.missedRuns.rawValue)
            schedule.member("overlap", definition.overlap.rawValue)
            schedule.member("type", job.type.rawValue)
            schedule.member("queue", job.queue.rawValue)
            schedule.member("priority", job.priority.rawValue)
            schedule.member("payload", raw: job.payload)
            schedule.member("max_attempts", job.maxAttempts)
            schedule.member("retry", orNull: job.retry)
            schedule.member("timeout", secondsOrNull: job.timeout)
            schedule.member("tags", job.tags)
            schedule.member("paused", isPaused)
            schedule.member("next_at", orNull: isPaused ? nil : nextAt.map(RFC3339.string))
            schedule.member("waiting_at", orNull: waitingAt.map(RFC3339.string))
            schedule.member("last_at", orNull: lastAt.map(RFC3339.string))
            schedule.member("last_job_id", orNull: lastJob?.description)
            schedule.member("skipped", skipped)
            schedule.member("skipped_at", orNull: skippedAt.map(RFC3339.string))
            schedule.member("skipped_reason", orNull: skippedReason)
            schedule.member("created_at", RFC3339.string(createdAt))
            schedule.member("updated_at", RFC3339.string(updatedAt))
            schedule.member("version", version)
        }
    }
}

extension ScheduleRun {
    /// Writes the firing as clients see it.
    func write(to writer: inout JSONWriter) {
        writer.object { run in
            run.member("at", RFC3339.string(instant))
            run.member("fired_at", RFC3339.string(firedAt))
            run.member("job_id", job.description)
            run.member("state", orNull: outcome?.state.rawValue)
            run.member("attempt", orNull: (outcome?.attempt).map(Int64.init))
            run.member("started_at", orNull: outcome?.startedAt.map(RFC3339.string))
            run.member("finished_at", orNull: outcome?.finishedAt.map(RFC3339.string))
            run.member("error", orNull: outcome?.error)
        }
    }
}

extension Response {
    /// An answer that shows a schedule. Its `ETag` names the version.
    init(_ status: HTTPResponse.Status, schedule: Schedule, headers: HTTPFields = [:]) {
        var headers = headers
        headers[.eTag] = schedule.entityTag
        var writer = JSONWriter(reservingCapacity: schedule.sizeHint)
        schedule.write(to: &writer)
        self.init(status, headers: headers, json: writer)
    }
}
