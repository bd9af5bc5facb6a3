import Formats
import Hummingbird
import JobCore
import JobStore

/// The administrators' view of who did what.
struct AuditRoutes: Sendable {
    let log: AuditLog

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/audit-log", use: list)
    }

    /// `GET /audit-log`: a page of what was done, the latest first.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["actor", "action", "limit", "cursor"])
        let limit = reader.integer("limit", in: 1...500, default: 50)
        let cursor = reader.cursor { Int64($0) }
        let actor = reader.read("actor", expected: TagRule.expected) { TagRule.allows($0) ? $0 : nil }
        let action = reader.read("action", expected: TagRule.expected) { TagRule.allows($0) ? $0 : nil }
        try reader.errors.check()
        let records = try await log.records(by: actor, action: action, after: cursor, limit: limit)
        return Response.page("records", records, cursor: { String($0.id) }) { record, writer in
            writer.object {
                $0.member("id", Int(record.id))
                $0.member("at", RFC3339.string(record.at))
                $0.member("actor", record.actor)
                $0.member("tenant", record.tenant)
                $0.member("action", record.action)
                $0.member("target", record.target)
                $0.member("details", raw: record.details)
            }
        }
    }
}
