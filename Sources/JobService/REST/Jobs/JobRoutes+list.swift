import Hummingbird
import JobCore

extension JobRoutes {
    /// `GET /jobs`: a page of jobs, newest first, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let query = try JobListRequest(request.uri, tenant: context.principal.visibleTenant)
        let page = try await JobPage(matching: query.filter, from: stores.jobs)
        let answers = page.jobs.map(JobJSON.init)
        var writer = JSONWriter(reservingCapacity: answers.reduce(64) { $0 + $1.sizeHint })
        writer.object { object in
            object.name("jobs")
            object.array { array in
                for answer in answers { answer.write(to: &array, query.fields) }
            }
            object.name("next_cursor")
            if let next = page.next { object.string(next.description) } else { object.null() }
        }
        return Response(.ok, json: writer)
    }
}
