import Foundation
import Hummingbird
import JobCore

/// The administrators' calls about workers.
struct WorkerRoutes: Sendable {
    let leases: LeaseStore

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/workers", use: list)
    }

    /// `GET /workers`: a page of the workers that hold a lease, in the order of their ids, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["limit", "cursor"])
        let limit = reader.integer("limit", in: 1...500, default: 100)
        let cursor = reader.cursor { UUID(uuidString: $0) }
        try reader.errors.check()
        let workers = try await leases.live(after: cursor.map(WorkerID.init), limit: limit + 1)
        return Response.page("workers", workers, limit: limit, cursor: \.id.description) { $0.write(to: &$1) }
    }
}

extension LiveWorker {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("id", id.description)
            $0.member("name", name)
            $0.member("slots", slots)
            $0.member("running", running)
            $0.member("started_at", RFC3339.string(startedAt))
            $0.member("lease_until", RFC3339.string(leaseUntil))
        }
    }
}
