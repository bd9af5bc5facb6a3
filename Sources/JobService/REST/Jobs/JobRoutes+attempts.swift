import Hummingbird
import JobCore

extension JobRoutes {
    /// `GET /jobs/{id}/attempts`: what became of a job's attempts, the newest first.
    func attempts(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let attempts = try await stores.jobs.attempts(of: try await job(context))
        return Response.list(
            "attempts",
            attempts,
            sizeHint: { 512 + ($0.error?.utf8.count ?? 0) },
            write: { $0.write(to: &$1) }
        )
    }
}

extension JobAttempt {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("run", run)
            $0.member("attempt", attempt)
            $0.member("outcome", outcome.rawValue)
            $0.member("kind", orNull: kind)
            $0.member("error", orNull: error)
            $0.member("worker_id", worker.description)
            $0.member("started_at", RFC3339.string(startedAt))
            $0.member("ended_at", orNull: endedAt.map(RFC3339.string))
        }
    }
}
