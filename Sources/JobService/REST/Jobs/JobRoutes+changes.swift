import Formats
import Foundation
import HTTPTypes
import Hummingbird
import JobCore
import JobStore
import Metrics
import Platform

extension JobRoutes {
    /// `POST /jobs`: stores a job. It is committed when the answer goes out; announcing it follows. A request that was sent
    /// before under its `Idempotency-Key` is answered with the first job.
    func create(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let body = try await request.jsonObject()
        let tenant = context.principal.tenant
        let repeatable = try request.idempotencyKey().map {
            IdempotentRequest(key: $0, body: body.value.canonicalBytes)
        }
        if let repeatable {
            switch await answers.answer(to: repeatable, of: tenant) {
            case .answered(let answer): return .replay(of: answer.job, body: answer.body)
            case .keyReused: throw Problem.idempotencyKeyReused
            case .unknown: break
            }
        }
        let creation = CreationSpan()
        defer { creation.end() }
        var job = try NewJob(body, tenant: tenant, trace: creation.trace, now: Date())
        creation.made(job)
        job.request = repeatable
        switch try await submission.submit(job) {
        case .stored(let storedAt):
            events.changed([job.id], of: tenant)
            let body = JobJSON(job, storedAt: storedAt).bytes
            if let repeatable { answers.keep(CachedAnswer(job: job.id, body: body), to: repeatable, of: tenant) }
            return .created(job.id, body: body)
        case .repeated(let first):
            guard let job = try await stores.jobs.job(first, of: tenant) else { throw Problem.repeatedJobGone }
            return .replay(of: first, body: JobJSON(job).bytes)
        case .keyReused:
            throw Problem.idempotencyKeyReused
        }
    }

    /// How often a job may slip from one state to the next between two looks at it.
    static let looks = 3

    /// `POST /jobs/{id}/cancel`: calls a job off. 200 when it is cancelled, 202 when it runs and its worker is being told.
    /// It may be asked any number of times; a job that ended otherwise is a conflict.
    func cancel(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let id = try jobID(context)
        let tenant = context.principal.visibleTenant
        var last: Job?
        for _ in 0..<Self.looks {
            let cancellation = try await retryingConflicts { try await stores.cancellations.cancel(id, of: tenant) }
            if case .cancelled(let type) = cancellation { meters.cancelled(type) }
            let job = try await job(context)
            if cancellation != nil { events.changed([id], of: TenantName(validated: job.tenant)) }
            if job.state == .cancelled { return Response(.ok, job: job) }
            if cancellation == .requested { return Response(.accepted, job: job) }
            last = job
            // A job that has not ended was moved between the two statements, by a replay or a retry.
            if job.state.isTerminal { break }
        }
        throw Problem.conflict(last, action: "cancelled")
    }

    /// `POST /jobs/{id}/retry`: queues a job that waits for its time or its backoff, and sends a dead one round again.
    /// Any other is a conflict.
    func retry(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let id = try jobID(context)
        var selection = DeadLetterSelection(ids: [id])
        selection.filter.tenant = context.principal.visibleTenant
        let announcement = try await retryingConflicts {
            try await stores.timers.queueNow(id, of: context.principal.visibleTenant)
        }
        if let announcement {
            publisher.publish([announcement])
        } else if try await deadLetters.replay(
            selection,
            limit: 1,
            of: context.principal.tenant,
            by: AuditActor(context.principal)
        ) == 0 {
            throw Problem.conflict(try await job(context), action: "retried")
        }
        let job = try await job(context)
        events.changed([id], of: TenantName(validated: job.tenant))
        return Response(.ok, job: job)
    }
}

extension JobJSON {
    /// It as a JSON object.
    var bytes: [UInt8] {
        var writer = JSONWriter(reservingCapacity: sizeHint)
        write(to: &writer)
        return writer.bytes
    }
}
