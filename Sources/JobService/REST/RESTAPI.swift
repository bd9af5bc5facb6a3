import Hummingbird
import JobStore
import Platform
import Telemetry

/// The REST API: which call is answered by what.
struct RESTAPI {
    let identity: Identity
    let submission: JobSubmission
    let answers: AnswerCache
    let stores: Stores
    let publisher: JobPublisher
    let events: JobEvents
    let gates: ReadGates
    let components: ComponentStates
    let meters: JobMeters
    /// The origins whose pages may use the API from a browser.
    let corsOrigins: [String]
    let swaggerUI: SwaggerUI
    let dashboard: DashboardFiles
    let registry: PrometheusRegistry
    let readiness: Readiness

    /// Every route there is.
    var routes: [Router<RESTContext>.RouteDescription] {
        let map = Router(context: RESTContext.self, options: .autoGenerateHeadEndpoints)
        addRoutes(to: map)
        return map.routes
    }

    /// Answers every request, with a problem document where nothing else fits.
    ///
    /// - Throws: ``UnruledRoutes`` when there is a route that nothing says who may use.
    func responder() throws -> RouterResponder<RESTContext> {
        // They must be known before they are added to the router that answers.
        let routes = routes
        let router = Router(context: RESTContext.self, options: .autoGenerateHeadEndpoints)
        // First, so that the time is not counted as the service's.
        router.add(middleware: RefusalMiddleware())
        router.add(middleware: RequestIDMiddleware())
        router.add(middleware: TracingMiddleware())
        router.add(middleware: MetricsMiddleware(registry: registry))
        router.add(middleware: GzipMiddleware())
        router.add(middleware: CrossOriginMiddleware(origins: corsOrigins))
        router.add(middleware: SecurityHeadersMiddleware())
        router.add(middleware: ProblemMiddleware(allowedMethods: AllowedMethods(routes)))
        router.add(middleware: TargetMiddleware())
        router.add(middleware: AcceptMiddleware())
        let access = AccessMiddleware(
            table: try AccessTable(for: routes),
            authentication: identity.authentication,
            limits: identity.limits,
            pages: gates.pages
        )
        let guarded = router.group().add(middleware: LongCallsMiddleware()).add(middleware: access)
        addRoutes(to: guarded.add(middleware: IdempotencyKeyMiddleware()))
        return router.buildResponder()
    }

    /// Adds the routes. Who may use each says ``AccessTable``; those about a principal's things take an ``AuthenticatedContext``.
    private func addRoutes(to router: some RouterMethods<RESTContext>) {
        DocumentationRoutes(swaggerUI: swaggerUI).add(to: router)
        DashboardRoutes(files: dashboard).add(to: router)
        LoginRoutes(identity: identity, users: stores.users, sessions: stores.sessions).add(to: router)
        OperationsRoutes(jobs: stores.jobs, registry: registry, readiness: readiness).add(to: router)
        let authenticated = router.group(context: AuthenticatedContext.self)
        let revocations = identity.authentication.revocations
        let actions = DeadLetterActions(
            store: stores.deadLetters,
            publisher: publisher,
            budget: submission.budget
        ) { [events] in events.changed($0, of: $1) }
        JobRoutes(
            submission: submission,
            answers: answers,
            stores: stores,
            publisher: publisher,
            deadLetters: actions,
            events: events,
            revocations: revocations,
            lookups: gates.lookups,
            components: components,
            meters: meters
        ).add(to: authenticated)
        ScheduleRoutes(store: stores.schedules, jobs: stores.jobs, submission: submission).add(to: authenticated)
        DeadLetterRoutes(store: stores.deadLetters, actions: actions).add(to: authenticated)
        BulkOperationRoutes(store: stores.operations).add(to: authenticated)
        SessionRoutes(sessions: stores.sessions, revocations: revocations).add(to: authenticated)
        UserRoutes(store: stores.users, hasher: identity.hasher, revocations: revocations).add(to: authenticated)
        APIKeyRoutes(store: stores.apiKeys, revocations: revocations).add(to: authenticated)
        AuditRoutes(log: stores.audit).add(to: authenticated)
        BatchRoutes(submission: submission, events: events).add(to: authenticated)
        TaskRoutes(submission: submission, events: events).add(to: authenticated)
        EventRoutes(events: events, revocations: revocations).add(to: authenticated)
        FigureRoutes(store: stores.minutes, components: components).add(to: authenticated)
        QueueRoutes(store: stores.queues).add(to: authenticated)
        TenantRoutes(store: stores.tenants, directory: identity.tenants).add(to: authenticated)
        WorkerRoutes(leases: stores.leases, backlogs: stores.backlogs, jobs: stores.jobs).add(to: authenticated)
    }
}
