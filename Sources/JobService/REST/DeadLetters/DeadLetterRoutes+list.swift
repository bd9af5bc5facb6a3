import Hummingbird
import JobCore

extension DeadLetterRoutes {
    /// `GET /dead-letters`: a page of dead letters, the latest death first, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: DeadLetterFilter.names + ["limit", "cursor"])
        let filter = DeadLetterFilter(&reader)
        let limit = reader.integer("limit", in: 1...500, default: 50)
        let cursor = reader.cursor { DeadLetterCursor($0) }
        try reader.errors.check()
        let letters = try await store.letters(matching: filter, after: cursor, limit: limit + 1)
        return Response.page(
            "dead_letters",
            letters,
            limit: limit,
            cursor: { DeadLetterCursor(after: $0).description },
            sizeHint: { 1_024 + $0.error.utf8.count },
            write: { $0.write(to: &$1) }
        )
    }

    /// `GET /dead-letters/groups`: dead letters by their cause, the most frequent first.
    func groups(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: DeadLetterFilter.names + ["limit"])
        let filter = DeadLetterFilter(&reader)
        let limit = reader.integer("limit", in: 1...500, default: 50)
        try reader.errors.check()
        let groups = try await store.groups(matching: filter, limit: limit)
        return Response.list("groups", groups) { $0.write(to: &$1) }
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
