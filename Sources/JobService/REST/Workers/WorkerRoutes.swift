import Formats
import Foundation
import Hummingbird
import JobCore
import JobStore

/// The administrators' calls about workers.
struct WorkerRoutes: Sendable {
    /// How many types without a handler are told of.
    private static let maxUnhandled = 100

    let leases: LeaseStore
    let backlogs: BacklogStore

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/workers", use: list)
        router.post("/workers/{id}/drain", use: drain)
    }

    /// `POST /workers/{id}/drain`: the worker takes no more jobs, ends those that it runs, and then itself, whichever job-service it talks to.
    func drain(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        guard let id = context.parameters.get("id").flatMap({ UUID(uuidString: $0) }),
            try await leases.drain(WorkerID(id), by: AuditActor(context.principal))
        else { throw Problem.workerNotFound }
        return Response(status: .accepted)
    }

    /// `GET /workers`: a page of the workers that hold a lease, in the order of their ids, and where the next page begins; and the types
    /// of which jobs wait although none of the workers has a handler for them.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["limit", "cursor"])
        let limit = reader.integer("limit", in: 1...500, default: 100)
        let cursor = reader.cursor { UUID(uuidString: $0) }
        try reader.errors.check()
        let workers = try await leases.live(after: cursor.map(WorkerID.init), limit: limit + 1)
        let unhandled = try await backlogs.unhandledTypes(of: nil, limit: Self.maxUnhandled)
        return Response.page("workers", workers, limit: limit, cursor: \.id.description) {
            $0.write(to: &$1)
        } writeRest: { writer in
            writer.name("unhandled_types")
            writer.array { array in
                for type in unhandled {
                    array.object {
                        $0.member("tenant", type.tenant)
                        $0.member("type", type.type)
                        $0.member("since", RFC3339.string(type.since))
                    }
                }
            }
        }
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
            $0.member("tenant", orNull: tenant)
            $0.member("queues", queues)
            $0.member("types", types)
            $0.member("draining", isDraining)
        }
    }
}
