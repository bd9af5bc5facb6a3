import Hummingbird
import JobCore
import Telemetry

/// The REST API: which call is answered by what.
struct RESTAPI {
    let tokens: AccessTokens
    let administrator: Administrator
    let submission: JobSubmission
    let answers: AnswerCache
    let stores: Stores
    let publisher: JobPublisher
    let registry: PrometheusRegistry
    let readiness: Readiness

    /// Answers every request, with a problem document where nothing else fits.
    func responder() -> RouterResponder<RESTContext> {
        // Which methods a path has must be known before the routes are added to the router that answers.
        let map = Router(context: RESTContext.self, options: .autoGenerateHeadEndpoints)
        addRoutes(to: map)
        let router = Router(context: RESTContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestIDMiddleware())
        router.add(middleware: MetricsMiddleware(registry: registry))
        router.add(middleware: ProblemMiddleware(allowedMethods: AllowedMethods(map.routes)))
        addRoutes(to: router)
        return router.buildResponder()
    }

    private func addRoutes(to router: some RouterMethods<RESTContext>) {
        LoginRoutes(administrator: administrator, tokens: tokens).add(to: router)
        OperationsRoutes(jobs: stores.jobs, registry: registry, readiness: readiness).add(to: router)
        let authenticated = router.group()
            .add(middleware: Authenticator(tokens: tokens, roles: [.admin, .user]))
            .group(context: AuthenticatedContext.self)
        let acts = DeadLetterActs(store: stores.deadLetters, publisher: publisher)
        JobRoutes(
            submission: submission,
            answers: answers,
            stores: stores,
            publisher: publisher,
            deadLetters: acts
        ).add(to: authenticated)
        ScheduleRoutes(store: stores.schedules, submission: submission).add(to: authenticated)
        let administrators = router.group()
            .add(middleware: Authenticator(tokens: tokens, roles: [.admin]))
            .group(context: AuthenticatedContext.self)
        DeadLetterRoutes(store: stores.deadLetters, acts: acts).add(to: administrators)
    }
}
