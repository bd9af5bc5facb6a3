import Hummingbird
import JobCore

extension DeadLetterRoutes {
    /// How many ids a dry run shows.
    private static let shownIDs = 1_000

    /// `POST /dead-letters/replay`: sends dead letters round again, or with `dry_run` says which it would send.
    func replay(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let asked = try ReplayRequest(try await request.jsonObject())
        var writer = JSONWriter()
        if asked.isDryRun {
            let ids = try await store.ids(of: asked.selection, limit: asked.limit)
            writer.object {
                $0.member("count", ids.count)
                $0.member("dry_run", true)
                $0.member("ids", ids.prefix(Self.shownIDs).map(\.description))
            }
        } else {
            let count = try await acts.replay(
                asked.selection,
                limit: asked.limit,
                rate: asked.rate,
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
        guard let id = context.parameters.get("id").flatMap({ JobID($0) }),
            try await acts.delete(
                DeadLetterSelection(ids: [id]),
                limit: 1,
                by: AuditActor(context.principal)
            ) == 1
        else { throw Problem.deadLetterNotFound }
        return Response(status: .noContent)
    }

    /// `DELETE /dead-letters?...`: removes all that a filter is meant for. Without a filter it is refused: what would
    /// remove everything must say so.
    func deleteAll(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: DeadLetterFilter.names + ["limit"])
        let filter = DeadLetterFilter(&reader)
        let limit = reader.integer("limit", in: 1...Self.maxLimit, default: Self.usualLimit)
        if reader.errors.all.isEmpty, filter == DeadLetterFilter() {
            reader.refuse("filter", "at least one of \(DeadLetterFilter.names.joined(separator: ", ")) must be given")
        }
        try reader.errors.check()
        let count = try await acts.delete(
            DeadLetterSelection(filter: filter),
            limit: limit,
            by: AuditActor(context.principal)
        )
        var writer = JSONWriter()
        writer.object { $0.member("count", count) }
        return Response(.ok, json: writer)
    }
}
