import Foundation
import HTTPTypes
import Hummingbird
import JobCore
import Telemetry

extension JobRoutes {
    private static let traceparent = HTTPField.Name("traceparent")

    /// `POST /jobs`: stores a job. It is committed when the answer goes out; announcing it follows.
    func create(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let body = try await request.jsonObject()
        let trace = Self.traceparent.flatMap { request.headers[$0] }.flatMap(TraceContext.init(traceparent:))
        let job = try NewJobRequest(
            body,
            tenant: context.principal.tenant,
            trace: trace?.traceparent,
            now: Date()
        ).job
        let storedAt = try await submission.submit(job)
        let answer = JobJSON(job, storedAt: storedAt)
        var writer = JSONWriter(reservingCapacity: answer.sizeHint)
        answer.write(to: &writer)
        return Response(.created, headers: [.location: "/jobs/\(job.id)"], json: writer)
    }
}
