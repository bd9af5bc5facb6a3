import Hummingbird
import JobCore

extension JobRoutes {
    /// `GET /jobs`: a page of jobs, newest first, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let query = try JobListRequest(request.uri, tenant: context.principal.visibleTenant)
        let page = try await JobPage(matching: query.filter, from: stores.jobs)
        return Response.page(
            "jobs",
            page.jobs.map(JobJSON.init),
            next: page.next?.description,
            sizeHint: \.sizeHint,
            write: { $0.write(to: &$1, query.fields) }
        )
    }
}
