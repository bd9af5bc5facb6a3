import Hummingbird
import JobCore

/// The administrators' calls about dead letters, those of every tenant.
struct DeadLetterRoutes: Sendable {
    /// How many dead letters one call replays or deletes unless it says otherwise, and at most.
    static let (usualLimit, maxLimit) = (10_000, 100_000)

    let store: DeadLetterStore
    let acts: DeadLetterActs

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/dead-letters", use: list)
        router.get("/dead-letters/groups", use: groups)
        router.post("/dead-letters/replay", use: replay)
        router.delete("/dead-letters", use: deleteAll)
        router.delete("/dead-letters/{id}", use: delete)
    }
}
