import Hummingbird
import JobCore

/// The calls about schedules.
struct ScheduleRoutes: Sendable {
    let store: ScheduleStore
    let submission: JobSubmission

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.post("/schedules", use: create)
        router.get("/schedules", use: list)
        router.get("/schedules/preview", use: preview)
        router.get("/schedules/{id}", use: show)
        router.put("/schedules/{id}", use: replace)
        router.delete("/schedules/{id}", use: delete)
        router.post("/schedules/{id}/pause", use: pause)
        router.post("/schedules/{id}/resume", use: resume)
        router.post("/schedules/{id}/trigger", use: trigger)
    }

    /// The id in a request's path.
    ///
    /// - Throws: ``Problem/scheduleNotFound`` when it is not one.
    func scheduleID(_ context: AuthenticatedContext) throws(Problem) -> ScheduleID {
        guard let id = context.parameters.get("id").flatMap({ ScheduleID($0) }) else { throw .scheduleNotFound }
        return id
    }

    /// The schedule in a request's path, if who asks may see it. One of another tenant is as good as none.
    ///
    /// - Throws: ``Problem/scheduleNotFound`` when there is none; what the store throws.
    func schedule(_ context: AuthenticatedContext) async throws -> Schedule {
        guard let schedule = try await store.schedule(try scheduleID(context), of: context.principal.visibleTenant)
        else { throw Problem.scheduleNotFound }
        return schedule
    }
}
