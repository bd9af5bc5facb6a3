import HTTPTypes
import Hummingbird
import JobCore

extension ScheduleRoutes {
    /// `POST /schedules/{id}/pause`: lets a schedule rest. It may be asked any number of times.
    func pause(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        return try await setPaused(true, context)
    }

    /// `POST /schedules/{id}/resume`: lets a schedule go on; its policy says what becomes of what it missed.
    func resume(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        return try await setPaused(false, context)
    }

    /// `POST /schedules/{id}/trigger`: submits a job like those of the schedule, now. It is not a firing: it neither counts as
    /// an instant nor as a job that a later firing heeds.
    func trigger(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let schedule = try await schedule(context)
        let job = schedule.definition.job.job(of: schedule.tenant)
        guard case .stored(let storedAt) = try await submission.submit(job) else { throw Problem.unexpected }
        let answer = JobJSON(job, storedAt: storedAt)
        var writer = JSONWriter(reservingCapacity: answer.sizeHint)
        answer.write(to: &writer)
        return Response(.created, headers: [.location: "/jobs/\(job.id)"], json: writer)
    }

    private func setPaused(_ isPaused: Bool, _ context: AuthenticatedContext) async throws -> Response {
        let changed = try await store.setPaused(
            isPaused,
            try scheduleID(context),
            of: context.principal.visibleTenant
        )
        guard let changed else { throw Problem.scheduleNotFound }
        return Response(.ok, schedule: changed)
    }
}
