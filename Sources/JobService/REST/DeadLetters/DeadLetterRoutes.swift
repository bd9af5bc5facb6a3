import Formats
import Hummingbird
import JobCore
import JobStore

/// The calls about dead letters: one's own tenant's, and for administrators those of every tenant.
struct DeadLetterRoutes: Sendable {
    /// How many dead letters one call replays or deletes unless it says otherwise, and at most.
    static let (usualLimit, maxLimit) = (10_000, 100_000)

    let store: DeadLetterStore
    let actions: DeadLetterActions

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/dead-letters", use: list)
        router.get("/dead-letters/groups", use: groups)
        router.post("/dead-letters/replay", use: replay)
        router.delete("/dead-letters", use: deleteAll)
        router.delete("/dead-letters/{id}", use: delete)
    }

    /// `GET /dead-letters`: a page of dead letters, the latest death first, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: DeadLetterFilter.names + ["limit", "cursor"])
        var filter = DeadLetterFilter(&reader)
        reader.confine(&filter.tenant, to: context.principal)
        let limit = reader.integer("limit", in: 1...500, default: 50)
        let cursor = reader.cursor { DeadLetterCursor($0) }
        try reader.errors.check()
        let letters = try await store.letters(matching: filter, after: cursor, limit: limit)
        return Response.page(
            "dead_letters",
            letters,
            cursor: { DeadLetterCursor(after: $0).description },
            sizeHint: { 1_024 + $0.error.utf8.count },
            write: { $0.write(to: &$1) }
        )
    }

    /// `GET /dead-letters/groups`: dead letters by their cause, the most frequent first.
    func groups(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: DeadLetterFilter.names + ["limit"])
        var filter = DeadLetterFilter(&reader)
        reader.confine(&filter.tenant, to: context.principal)
        let limit = reader.integer("limit", in: 1...500, default: 50)
        try reader.errors.check()
        let (groups, isComplete) = try await store.groups(matching: filter, limit: limit)
        return Response.list("groups", groups) {
            $0.write(to: &$1)
        } writeRest: {
            $0.member("is_complete", isComplete)
        }
    }

    /// How many ids a dry run shows.
    private static let shownIDs = 1_000

    /// `POST /dead-letters/replay`: sends dead letters round again, or with `dry_run` says which it would send.
    func replay(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let asked = try ReplayRequest(try await request.jsonObject(), by: context.principal)
        var writer = JSONWriter()
        if asked.isDryRun {
            let ids = try await store.ids(of: asked.selection, limit: asked.limit)
            writer.object {
                $0.member("count", ids.count)
                $0.member("dry_run", true)
                $0.member("ids", ids.prefix(Self.shownIDs).map(\.description))
            }
        } else {
            let count = try await actions.replay(
                asked.selection,
                limit: asked.limit,
                rate: asked.rate,
                of: context.principal.tenant,
                by: AuditActor(context.principal)
            )
            writer.object {
                $0.member("count", count)
                $0.member("dry_run", false)
            }
        }
        return Response(.ok, json: writer)
    }

    /// `DELETE /dead-letters/{id}`: removes one for ever.
    func delete(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        guard let id = context.parameters.get("id").flatMap({ JobID($0) }) else { throw Problem.deadLetterNotFound }
        var selection = DeadLetterSelection(ids: [id])
        selection.filter.tenant = context.principal.visibleTenant
        guard try await actions.delete(selection, limit: 1, by: AuditActor(context.principal)) == 1 else {
            throw Problem.deadLetterNotFound
        }
        return Response(status: .noContent)
    }

    /// `DELETE /dead-letters?...`: removes all that a filter is meant for. Without a filter it is refused: what would
    /// remove everything must say so.
    func deleteAll(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: DeadLetterFilter.names + ["limit"])
        var filter = DeadLetterFilter(&reader)
        let limit = reader.integer("limit", in: 1...Self.maxLimit, default: Self.usualLimit)
        if reader.errors.all.isEmpty, filter == DeadLetterFilter() {
            reader.refuse("filter", "at least one of \(DeadLetterFilter.names.joined(separator: ", ")) must be given")
        }
        reader.confine(&filter.tenant, to: context.principal)
        try reader.errors.check()
        let count = try await actions.delete(
            DeadLetterSelection(filter: filter),
            limit: limit,
            by: AuditActor(context.principal)
        )
        var writer = JSONWriter()
        writer.object { $0.member("count", count) }
        return Response(.ok, json: writer)
    }
}

extension DeadLetter {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("id", id.description)
            $0.member("tenant", tenant)
            $0.member("queue", queue)
            $0.member("type", type)
            $0.member("priority", priority.rawValue)
            $0.member("run", run)
            $0.member("attempt", attempt)
            $0.member("max_attempts", maxAttempts)
            $0.member("reason", reason.rawValue)
            $0.member("kind", kind)
            $0.member("error", error)
            $0.member("fingerprint", fingerprint)
            $0.member("worker_id", orNull: worker?.description)
            $0.member("created_at", RFC3339.string(createdAt))
            $0.member("died_at", RFC3339.string(diedAt))
        }
    }
}

extension DeadLetterGroup {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("fingerprint", fingerprint)
            $0.member("count", Int(count))
            $0.member("type", type)
            $0.member("kind", kind)
            $0.member("sample_error", sampleError)
            $0.member("sample_id", sampleID.description)
            $0.member("first_died_at", RFC3339.string(firstDiedAt))
            $0.member("last_died_at", RFC3339.string(lastDiedAt))
        }
    }
}
