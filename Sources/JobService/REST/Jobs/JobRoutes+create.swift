import Foundation
import HTTPTypes
import Hummingbird
import JobCore
import Telemetry

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
        let trace = request.traceContext?.traceparent
        var job = try NewJobRequest(body, tenant: tenant, trace: trace, now: Date()).job
        job.request = repeatable
        switch try await submission.submit(job) {
        case .stored(let storedAt):
            events.changed([job.id])
            let body = JobJSON(job, storedAt: storedAt).bytes
            if let repeatable { answers.keep(CachedAnswer(job: job.id, body: body), to: repeatable, of: tenant) }
            return Response(.created, contentType: "application/json", headers: .location(of: job.id), body: body)
        case .repeated(let first):
            guard let job = try await stores.jobs.job(first, of: tenant) else { throw Problem.repeatedJobGone }
            return .replay(of: first, body: JobJSON(job).bytes)
        case .keyReused:
            throw Problem.idempotencyKeyReused
        }
    }
}

extension JobJSON {
    fileprivate var bytes: [UInt8] {
        var writer = JSONWriter(reservingCapacity: sizeHint)
        write(to: &writer)
        return writer.bytes
    }
}

extension HTTPFields {
    fileprivate static func location(of job: JobID) -> HTTPFields { [.location: "/jobs/\(job)"] }
}

extension Response {
    /// The answer to a request that was sent before.
    fileprivate static func replay(of job: JobID, body: [UInt8]) -> Response {
        var headers = HTTPFields.location(of: job)
        if let name = HTTPField.Name("Idempotent-Replayed") { headers[name] = "true" }
        return Response(.ok, contentType: "application/json", headers: headers, body: body)
    }
}
