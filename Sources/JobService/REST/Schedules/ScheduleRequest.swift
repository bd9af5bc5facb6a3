import Formats
import Foundation
import JobCore

/// The body of `POST /schedules` and `PUT /schedules/{id}`: reads and checks it.
struct ScheduleRequest {
    private static let known = [
        "name", "cron", "timezone", "missed_runs", "overlap", "type", "queue", "queue_name", "payload", "priority",
        "max_attempts", "retry", "timeout", "tags",
    ]

    /// What the schedule is to be.
    let definition: ScheduleDefinition

    /// Reads a body.
    ///
    /// - Parameter now: The present time.
    /// - Throws: ``Problem`` that names every member that is wrong, or the payload that is too large.
    init(_ body: JSONObjectSlice, now: Date) throws(Problem) {
        // Not asked of the reader, for which null is the same as nothing: here it is a payload.
        let payload = body["payload"].map { [UInt8]($0.rawBytes) } ?? Array("{}".utf8)
        guard payload.count <= JobTemplate.maxPayloadBytes else {
            throw .memberTooLarge("payload", bytes: payload.count, limit: JobTemplate.maxPayloadBytes)
        }
        var reader = MemberReader(body, known: Self.known)
        let name = reader.name("name", as: ScheduleName.self)
        if reader.value("name") == nil { reader.refuse("name", "must be given") }
        let cron = reader.string("cron")
        let timeZone = reader.string("timezone")
        if cron != nil || reader.value("cron") == nil {
            _ = CronFields.instants(cron: cron, timeZone: timeZone, createdAt: now) { reader.refuse($0, $1) }
        }
        let missedRuns = reader.choice("missed_runs", of: MissedRunPolicy.self)
        let overlap = reader.choice("overlap", of: OverlapPolicy.self)
        let (type, queue) = reader.typeAndQueue()
        let job = JobTemplate(
            type: type,
            queue: queue,
            priority: reader.priority(),
            payload: payload,
            maxAttempts: reader.maxAttempts(),
            retry: reader.retryPolicy(),
            timeout: reader.timeout(),
            tags: reader.tags()
        )
        try reader.errors.check()
        guard let name, let cron else { throw .invalid(reader.errors.all) }
        definition = ScheduleDefinition(
            name: name,
            cron: cron,
            timeZone: timeZone,
            missedRuns: missedRuns ?? .default,
            overlap: overlap ?? .default,
            job: job
        )
    }
}
