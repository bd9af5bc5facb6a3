import Formats
import Foundation
import Hummingbird
import JobCore
import JobStore
import Platform

extension JobRoutes {
    /// `DELETE /jobs/{id}`: removes a job that does not run for ever, with all that belongs to it. One that runs is a conflict.
    func delete(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let id = try jobID(context)
        for _ in 0..<Self.looks {
            let owner = try await retryingConflicts {
                try await stores.edits.delete(
                    id,
                    of: context.principal.visibleTenant,
                    by: AuditActor(context.principal)
                )
            }
            if let owner {
                events.changed([id], of: owner)
                return Response(status: .noContent)
            }
            let job = try await job(context)
            // Any other was moved between the two statements.
            if job.state == .running { throw Problem.conflict(job, action: "deleted; cancel it first") }
        }
        throw Problem.conflict(nil, action: "deleted")
    }

    /// `PATCH /jobs/{id}`: changes a job that waits. Any other is a conflict.
    func change(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let id = try jobID(context)
        let tags = try request.entityTags(.ifMatch)
        let change = try JobChangeRequest(try await request.jsonObject(), now: Date()).change
        let shown = try await job(context)
        let isUnhandled = shown.state == .queued ? try await !stores.jobs.isHandled(shown) : nil
        let changed = try await retryingConflicts {
            try await stores.edits.change(
                id,
                of: context.principal.visibleTenant,
                change,
                by: AuditActor(context.principal)
            ) { job in
                guard case .some(.listed(let tags)) = tags else { return true }
                var answer = JobJSON(job)
                answer.isUnhandled = isUnhandled
                // A job's tag is weak and means the job all the same: it changes with every member.
                return tags.contains { $0.text == EntityTag(ofJob: answer.bytes).text }
            }
        }
        switch changed {
        case .notFound: throw Problem.jobNotFound
        case .outdated: throw Problem.preconditionFailed
        case .refused(let job):
            throw Problem.conflict(
                job,
                action: job.state == .queued ? "given another time" : "changed; only one that waits can"
            )
        case .changed(let job, let announcement):
            if let announcement { publisher.publish([announcement]) }
            events.changed([id], of: TenantName(validated: job.tenant))
            return Response(.ok, job: job)
        }
    }
}

/// The body of `PATCH /jobs/{id}`: reads and checks it.
struct JobChangeRequest {
    private static let known = ["payload", "tags", "max_attempts", "timeout", "retry", "execute_at", "priority"]

    /// What is to change.
    private(set) var change = JobChange()

    /// Reads a body.
    ///
    /// - Throws: ``Problem`` that names every member that is wrong, or the payload that is too large.
    init(_ body: JSONObjectSlice, now: Date) throws {
        let payload = body["payload"].map { [UInt8]($0.rawBytes) }
        if let payload, payload.count > NewJob.maxPayloadBytes {
            throw Problem(JobProblem.memberTooLarge("payload", bytes: payload.count, limit: NewJob.maxPayloadBytes))
        }
        var reader = MemberReader(body, known: Self.known)
        change.payload = payload
        if reader.value("tags") != nil { change.tags = reader.tags() }
        if reader.value("max_attempts") != nil { change.maxAttempts = reader.maxAttempts() }
        if reader.isGiven("timeout") { change.timeout = .some(reader.timeout()) }
        if reader.isGiven("retry") { change.retry = .some(reader.retryPolicy()) }
        change.runAt = reader.executeAt(now: now)
        if reader.value("priority") != nil { change.priority = reader.priority() }
        if body.members.isEmpty {
            reader.refuse("payload", "or another member must be given: \(Self.known.joined(separator: ", "))")
        }
        try reader.errors.check()
    }
}
