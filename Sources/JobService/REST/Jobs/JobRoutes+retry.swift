import Hummingbird
import JobCore

extension JobRoutes {
    /// `POST /jobs/{id}/retry`: queues a job that waits for its time or its backoff, and sends a dead one round again.
    /// Any other is a conflict.
    func retry(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let id = try jobID(context)
        var selection = DeadLetterSelection(ids: [id])
        selection.filter.tenant = context.principal.visibleTenant
        let announcement = try await retryingConflicts {
            try await stores.timers.queueNow(id, of: context.principal.visibleTenant)
        }
        if let announcement {
            publisher.publish([announcement])
        } else if try await deadLetters.replay(selection, limit: 1, by: AuditActor(context.principal)) == 0 {
            throw Problem.conflict(try await job(context), action: "retried")
        }
        events.changed([id])
        return Response(.ok, job: try await job(context))
    }
}
