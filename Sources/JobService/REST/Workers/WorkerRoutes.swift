import Formats
import Hummingbird
import JobCore
import JobStore

/// The administrators' calls about workers.
struct WorkerRoutes: Sendable {
    /// How many types without a handler are told of.
    private static let maxUnhandled = 100

    let leases: LeaseStore
    let backlogs: BacklogStore
    let jobs: JobReader

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/workers", use: list)
        router.get("/workers/{id}", use: show)
        router.post("/workers/{id}/drain", use: drain)
    }

    /// How many of a worker's jobs are told of.
    private static let maxJobs = 500

    /// `GET /workers/{id}`: a worker that holds a lease, and what it runs.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        guard let id = context.parameters.get("id").flatMap({ WorkerID($0) }),
            let (worker, jobs) = try await jobs.worker(id, limit: Self.maxJobs)
        else { throw Problem.workerNotFound }
        var writer = JSONWriter(reservingCapacity: 512 + 256 * jobs.count)
        writer.object { object in
            worker.writeMembers(to: &object)
            object.name("jobs")
            object.array { array in
                for job in jobs { job.write(to: &array) }
            }
        }
        return Response(.ok, json: writer)
    }

    /// `POST /workers/{id}/drain`: the worker takes no more jobs, ends those that it runs, and then itself, whichever job-service it talks to.
    func drain(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        guard let id = context.parameters.get("id").flatMap({ WorkerID($0) }),
            try await leases.drain(id, by: AuditActor(context.principal))
        else { throw Problem.workerNotFound }
        return Response(status: .accepted)
    }

    /// `GET /workers`: a page of the workers that hold a lease, in the order of their ids, and where the next page begins; and the types
    /// of which jobs wait although none of the workers has a handler for them.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["limit", "cursor"])
        let limit = reader.integer("limit", in: 1...500, default: 100)
        let cursor = reader.cursor { WorkerID($0) }
        try reader.errors.check()
        let workers = try await leases.live(after: cursor, limit: limit + 1)
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
        writer.object { writeMembers(to: &$0) }
    }

    fileprivate func writeMembers(to object: inout JSONWriter) {
        object.member("id", id.description)
        object.member("name", name)
        object.member("slots", slots)
        object.member("running", running)
        object.member("started_at", RFC3339.string(startedAt))
        object.member("lease_until", RFC3339.string(leaseUntil))
        object.member("tenant", orNull: tenant)
        object.member("queues", queues)
        object.member("types", types)
        object.member("draining", isDraining)
    }
}

extension WorkerJob {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { job in
            job.member("id", id.description)
            job.member("type", type)
            job.member("queue", queue)
            job.member("tenant", tenant)
            job.member("started_at", orNull: startedAt.map(RFC3339.string))
            job.member("attempt", attempt)
            job.member("progress", progress)
        }
    }
}
