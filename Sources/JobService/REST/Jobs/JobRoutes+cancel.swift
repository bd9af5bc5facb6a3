import Hummingbird
import JobCore
import Metrics

extension JobRoutes {
    /// How often a job may slip from one state to the next between two looks at it.
    private static let looks = 3

    /// `POST /jobs/{id}/cancel`: calls a job off. 200 when it is cancelled, 202 when it runs and its worker is being told.
    /// It may be asked any number of times; a job that ended otherwise is a conflict.
    func cancel(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let id = try jobID(context)
        let tenant = context.principal.visibleTenant
        var last: Job?
        for _ in 0..<Self.looks {
            let cancellation = try await retryingConflicts { try await stores.cancellations.cancel(id, of: tenant) }
            if cancellation == .cancelled { cancelled.increment() }
            if cancellation != nil { events.changed([id]) }
            let job = try await job(context)
            if job.state == .cancelled { return Response(.ok, job: job) }
            if cancellation == .requested { return Response(.accepted, job: job) }
            last = job
            // A job that has not ended was moved between the two statements, by a replay or a retry.
            if job.state.isTerminal { break }
        }
        throw Problem.conflict(last, action: "cancelled")
    }
}
