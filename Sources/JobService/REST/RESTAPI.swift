import Hummingbird
import JobCore
import Telemetry

/// The REST API: which call is answered by what.
struct RESTAPI {
    let tokens: AccessTokens
    let administrator: Administrator
    let submission: JobSubmission
    let jobs: JobReader
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
        OperationsRoutes(jobs: jobs, registry: registry, readiness: readiness).add(to: router)
        let authenticated = router.group()
            .add(middleware: Authenticator(tokens: tokens, roles: [.admin, .user]))
            .group(context: AuthenticatedContext.self)
        JobRoutes(submission: submission, jobs: jobs).add(to: authenticated)
    }
}
