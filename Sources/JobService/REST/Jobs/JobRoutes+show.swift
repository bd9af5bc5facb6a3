import Hummingbird
import JobCore

extension JobRoutes {
    /// `GET /jobs/{id}`: one job, wherever it is in its life.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        Response(.ok, job: try await job(context))
    }
}
