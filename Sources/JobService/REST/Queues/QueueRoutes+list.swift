import Formats
import Hummingbird
import JobCore
import JobStore

extension QueueRoutes {
    /// `GET /queues`: a page of queues with their figures, by tenant and name, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["tenant", "limit", "cursor"])
        var tenant = reader.name("tenant", as: TenantName.self)
        reader.confine(&tenant, to: context.principal)
        let limit = reader.integer("limit", in: 1...500, default: 100)
        let cursor = reader.cursor { QueueCursor($0) }
        try reader.errors.check()
        let queues = try await store.queues(of: tenant, after: cursor, limit: limit + 1)
        return Response.page(
            "queues",
            queues,
            limit: limit,
            cursor: { QueueCursor(after: $0.queue).description },
            sizeHint: { _ in 384 },
            write: { $0.write(to: &$1, withAge: true) }
        )
    }
}

extension QueueStatus {
    /// Writes the queue as a JSON object.
    ///
    /// - Parameter withAge: Whether to say how long the oldest job waits, which changes all the time.
    func write(to writer: inout JSONWriter, withAge: Bool) {
        writer.object { object in
            object.member("name", queue.queue.rawValue)
            object.member("tenant", queue.tenant.rawValue)
            object.member("paused", isPaused)
            object.member("max_depth", orNull: maxDepth)
            counts.write(to: &object)
            guard withAge else { return }
            object.name("oldest_queued_age")
            if let oldestAgeMilliseconds {
                // A clock that was set back must not make it negative.
                object.double(Double(max(0, oldestAgeMilliseconds)) / 1_000)
            } else {
                object.null()
            }
        }
    }
}

extension JobCounts {
    /// Writes how many jobs are in each state now, those aside that have completed or were cancelled.
    func writeStates(to object: inout JSONWriter) {
        object.member("scheduled", Int(scheduled))
        object.member("queued", Int(queued))
        object.member("running", Int(running))
        object.member("retrying", Int(retrying))
        object.member("dead", Int(dead))
    }

    /// Writes the members `depth` and `totals`.
    func write(to object: inout JSONWriter) {
        object.name("depth")
        object.object { writeStates(to: &$0) }
        object.name("totals")
        object.object {
            $0.member("submitted", Int(submitted))
            $0.member("completed", Int(completed))
            $0.member("cancelled", Int(cancelled))
            $0.member("failed", Int(failed))
            $0.member("died", Int(died))
        }
    }
}
