import Formats
import Foundation
import Hummingbird
import JobCore
import JobStore
import Platform

/// The short way to submit a job of type `heavy.task`.
struct TaskRoutes: Sendable {
    private static let type = JobType(validated: "heavy.task")

    let submission: JobSubmission
    let events: JobEvents

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.post("/tasks/submit", use: submit)
    }

    /// `POST /tasks/submit`: stores a job whose payload is the body, `{"data": ...}`.
    func submit(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let body = try await request.jsonObject()
        var reader = MemberReader(body, known: ["data"])
        if body["data"] == nil { reader.refuse("data", "must be given; it may be any JSON value") }
        try reader.errors.check()
        let payload = [UInt8](body.value.rawBytes)
        guard payload.count <= NewJob.maxPayloadBytes else {
            throw Problem.memberTooLarge("data", bytes: payload.count, limit: NewJob.maxPayloadBytes)
        }
        var job = NewJob(tenant: context.principal.tenant, type: Self.type, payload: payload)
        job.request = try request.idempotencyKey().map {
            IdempotentRequest(key: $0, body: body.value.canonicalBytes)
        }
        let creation = CreationSpan()
        defer { creation.end() }
        job.trace = creation.trace
        creation.made(job)
        switch try await submission.submit(job) {
        case .stored:
            events.changed([job.id], of: job.tenant)
            return .created(job.id, body: answer(job.id))
        case .repeated(let first): return .replay(of: first, body: answer(first))
        case .keyReused: throw Problem.idempotencyKeyReused
        }
    }

    private func answer(_ id: JobID) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("task_id", id.description)
            $0.member("status", "submitted")
        }
        return writer.bytes
    }
}
