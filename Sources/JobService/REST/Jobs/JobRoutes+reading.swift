import Formats
import HTTPTypes
import Hummingbird
import JobCore
import JobStore

extension JobRoutes {
    /// A count goes so far, and says then that there are more.
    private static let maxCount = 10_000

    /// `GET /jobs/count`: how many jobs a filter means.
    func count(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: JobFilter.names)
        let filter = JobFilter(&reader, by: context.principal)
        try reader.errors.check()
        let found = try await stores.jobs.count(filter, limit: Self.maxCount)
        var writer = JSONWriter()
        writer.object {
            $0.member("count", found.jobs)
            $0.member("is_exact", found.isExact)
        }
        return Response(.ok, json: writer)
    }

    /// `GET /jobs/{id}/explanation`: why a job runs, or does not.
    func explain(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let job = try await job(context)
        let waits = !job.state.isTerminal && job.state != .running
        let start = ContinuousClock.now
        let obstacles: JobObstacles? =
            if waits { try await stores.jobs.obstacles(of: job, seenBy: context.principal.visibleTenant) } else { nil }
        var writer = JSONWriter()
        let states = components.states(readingTook: start.duration(to: .now))
        JobExplanation(job, obstacles, states).write(to: &writer)
        return Response(.ok, json: writer)
    }

    /// `GET /jobs/{id}/payload`: a job's payload, to the byte.
    func payload(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let job = try await job(context)
        return .file(job.payload, name: "\(job.id)-payload.json")
    }

    /// `GET /jobs/{id}/result`: a job's result, to the byte.
    func result(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let job = try await job(context)
        guard let result = job.result else { throw Problem.noResult }
        return .file(result, name: "\(job.id)-result.json")
    }
}

extension Response {
    private static let disposition = HTTPField.Name("Content-Disposition")

    /// JSON that is kept as a file.
    fileprivate static func file(_ bytes: [UInt8], name: String) -> Response {
        var headers: HTTPFields = [.cacheControl: "private, no-cache"]
        if let disposition { headers[disposition] = "attachment; filename=\"\(name)\"" }
        return Response(.ok, contentType: "application/json", headers: headers, body: bytes)
    }
}
