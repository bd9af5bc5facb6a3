import Hummingbird
import JobCore

extension JobRoutes {
    /// `GET /jobs/{id}`: one job, wherever it is in its life. One of another tenant is as good as none.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        guard let id = context.parameters.get("id").flatMap({ JobID($0) }),
            let job = try await jobs.job(id, of: context.principal.visibleTenant)
        else { throw Problem.jobNotFound }
        let answer = JobJSON(job)
        var writer = JSONWriter(reservingCapacity: answer.sizeHint)
        answer.write(to: &writer)
        return Response(.ok, json: writer)
    }
}
