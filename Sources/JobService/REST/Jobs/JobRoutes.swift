import Hummingbird
import JobCore

/// The calls about jobs.
struct JobRoutes: Sendable {
    let submission: JobSubmission
    let jobs: JobReader

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.post("/jobs", use: create)
        router.get("/jobs", use: list)
        router.get("/jobs/{id}", use: show)
    }
}
