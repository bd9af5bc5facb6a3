import Formats
import Hummingbird
import JobCore
import JobStore

/// The calls about operations, which do something to many jobs. A USER's are confined to its tenant.
struct BulkOperationRoutes: Sendable {
    /// How many of the jobs that are meant a dry run shows.
    private static let examples = 5

    let store: BulkOperationStore

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/operations", use: list)
        router.post("/operations", use: create)
        router.get("/operations/{id}", use: show)
        router.post("/operations/{id}/stop", use: stop)
    }

    /// `GET /operations`: a page of operations, the newest first, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["tenant", "state", "limit", "cursor"])
        var tenant = reader.name("tenant", as: TenantName.self)
        reader.confine(&tenant, to: context.principal)
        let state = reader.choice("state", of: BulkOperation.State.self)
        let limit = reader.integer("limit", in: 1...500, default: 50)
        let cursor = reader.cursor { BulkOperationID($0) }
        try reader.errors.check()
        let operations = try await store.operations(of: tenant, state, after: cursor, limit: limit + 1)
        return Response.page(
            "operations",
            operations,
            limit: limit,
            cursor: { $0.id.description },
            sizeHint: { _ in 512 }
        ) {
            $0.write(to: &$1)
        }
    }

    /// `POST /operations`: puts an operation on record, which a scheduler begins with at once; with `dry_run` says what it would be meant for.
    func create(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let asked = try BulkOperationRequest(try await request.jsonObject(), by: context.principal)
        let new = asked.operation
        let preview = try await store.preview(new.selection, new.kind, examples: Self.examples)
        guard !asked.isDryRun else {
            var writer = JSONWriter()
            writer.object {
                $0.member("matched", preview.matched)
                $0.member("is_exact", preview.isExact)
                $0.member("examples", preview.examples.map(\.description))
            }
            return Response(.ok, json: writer)
        }
        let operation = try await store.create(
            new,
            matched: preview.isExact ? preview.matched : nil,
            by: AuditActor(context.principal)
        )
        return Response(.accepted, headers: [.location: "/operations/\(operation.id)"], operation)
    }

    /// `GET /operations/{id}`: how far an operation is.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let found = try await store.operation(try id(context), of: context.principal.visibleTenant)
        guard let found else { throw Problem.operationNotFound }
        return Response(.ok, headers: [.cacheControl: "no-store"], found)
    }

    /// `POST /operations/{id}/stop`: nothing more is done; what was done stays. One that ended otherwise is a conflict.
    func stop(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let stopped = try await store.stop(
            try id(context),
            of: context.principal.visibleTenant,
            by: AuditActor(context.principal)
        )
        guard let stopped else { throw Problem.operationNotFound }
        guard stopped.state == .stopped else { throw Problem.operationEnded(stopped) }
        return Response(.ok, stopped)
    }

    private func id(_ context: AuthenticatedContext) throws(Problem) -> BulkOperationID {
        guard let id = context.parameters.get("id").flatMap({ BulkOperationID($0) }) else { throw .operationNotFound }
        return id
    }
}

extension Response {
    fileprivate init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], _ operation: BulkOperation) {
        var writer = JSONWriter()
        operation.write(to: &writer)
        self.init(status, headers: headers, json: writer)
    }
}

extension BulkOperation {
    /// Writes the operation as a JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("id", id.description)
            $0.member("kind", kind.rawValue)
            $0.member("state", state.rawValue)
            $0.member("tenant", orNull: tenant)
            $0.member("created_by", createdBy)
            $0.member("created_at", RFC3339.string(createdAt))
            $0.member("started_at", orNull: startedAt.map(RFC3339.string))
            $0.member("finished_at", orNull: finishedAt.map(RFC3339.string))
            $0.name("filter")
            if let filter { $0.raw(filter) } else { $0.null() }
            $0.member("limit", orNull: limit.map(Int64.init))
            $0.name("rate")
            if let rate { $0.double(rate) } else { $0.null() }
            $0.member("matched", orNull: matched.map(Int64.init))
            $0.member("examined", examined)
            $0.member("changed", changed)
            $0.member("skipped", skipped)
            $0.member("error", orNull: error)
        }
    }
}
