import HTTPTypes
import Hummingbird
import JobStore

/// Who may make which call: the one place where that is written. A route without a line here keeps the service from starting.
///
/// That a USER sees its own tenant only is a matter of each query; what is another tenant's is not found.
struct AccessTable: Sendable {
    private struct Key: Hashable {
        var method: HTTPRequest.Method
        var path: String
    }

    private static let everybody = AccessRule.Access.roles([.admin, .user, .worker], nil)
    private static let readsJobs = AccessRule.Access.roles([.admin, .user], .jobsRead)
    private static let writesJobs = AccessRule.Access.roles([.admin, .user], .jobsWrite)
    private static let readsSchedules = AccessRule.Access.roles([.admin, .user], .schedulesRead)
    private static let writesSchedules = AccessRule.Access.roles([.admin, .user], .schedulesWrite)
    private static let seesAll = AccessRule.Access.roles([.admin], .adminRead)
    private static let administers = AccessRule.Access.roles([.admin], .adminWrite)

    /// Every rule.
    static let rules: [AccessRule] = [
        AccessRule(.post, "/login", .anyone, budget: .logins),
        AccessRule(.post, "/token/refresh", .anyone, budget: .logins),
        AccessRule(.post, "/logout", everybody),
        AccessRule(.get, "/me", everybody, budget: AccessRule.Budget.none),
        AccessRule(.get, "/.well-known/jwks.json", .anyone),

        AccessRule(.get, "/metrics", .anyone, budget: .reads(.page)),
        AccessRule(.get, "/healthz", .anyone),
        AccessRule(.get, "/readyz", .anyone),

        AccessRule(.get, "/", .anyone),
        AccessRule(.get, "/openapi.json", .anyone),
        AccessRule(.get, "/docs", .anyone),
        AccessRule(.get, "/docs/{file}", .anyone),
        AccessRule(.get, "/dashboard", .anyone),
        AccessRule(.get, "/dashboard/{file}", .anyone),
        AccessRule(.get, "/dashboard/{file}/{part}", .anyone),
        AccessRule(.get, "/events", readsJobs, budget: .reads(.lookup)),

        AccessRule(.get, "/overview", readsJobs),
        AccessRule(.get, "/history", readsJobs),

        AccessRule(.post, "/jobs", writesJobs),
        AccessRule(.post, "/jobs/batch", writesJobs),
        AccessRule(.post, "/tasks/submit", writesJobs),
        AccessRule(.get, "/jobs", readsJobs),
        AccessRule(.get, "/jobs/count", readsJobs),
        AccessRule(.get, "/jobs/{id}", readsJobs, budget: .reads(.lookup)),
        AccessRule(.get, "/jobs/{id}/explanation", readsJobs),
        AccessRule(.get, "/jobs/{id}/payload", readsJobs, budget: .reads(.lookup)),
        AccessRule(.get, "/jobs/{id}/result", readsJobs, budget: .reads(.lookup)),
        AccessRule(.get, "/jobs/{id}/attempts", readsJobs),
        AccessRule(.get, "/jobs/{id}/log", readsJobs),
        AccessRule(.post, "/jobs/{id}/cancel", writesJobs),
        AccessRule(.post, "/jobs/{id}/retry", writesJobs),
        AccessRule(.patch, "/jobs/{id}", writesJobs),
        AccessRule(.delete, "/jobs/{id}", writesJobs),

        AccessRule(.get, "/operations", readsJobs),
        AccessRule(.post, "/operations", writesJobs),
        AccessRule(.get, "/operations/{id}", readsJobs, budget: .reads(.lookup)),
        AccessRule(.post, "/operations/{id}/stop", writesJobs),

        AccessRule(.post, "/schedules", writesSchedules),
        AccessRule(.get, "/schedules", readsSchedules),
        AccessRule(.get, "/schedules/preview", readsSchedules),
        AccessRule(.get, "/schedules/{id}", readsSchedules, budget: .reads(.lookup)),
        AccessRule(.get, "/schedules/{id}/runs", readsSchedules),
        AccessRule(.put, "/schedules/{id}", writesSchedules),
        AccessRule(.delete, "/schedules/{id}", writesSchedules),
        AccessRule(.post, "/schedules/{id}/pause", writesSchedules),
        AccessRule(.post, "/schedules/{id}/resume", writesSchedules),
        AccessRule(.post, "/schedules/{id}/trigger", writesSchedules),

        AccessRule(.get, "/dead-letters", readsJobs, or: .adminRead),
        AccessRule(.get, "/dead-letters/groups", readsJobs, or: .adminRead),
        AccessRule(.post, "/dead-letters/replay", writesJobs, or: .adminWrite),
        AccessRule(.delete, "/dead-letters", writesJobs, or: .adminWrite),
        AccessRule(.delete, "/dead-letters/{id}", writesJobs, or: .adminWrite),

        AccessRule(.get, "/queues", readsJobs, or: .adminRead),
        AccessRule(.get, "/queues/{name}", readsJobs, or: .adminRead, budget: .reads(.lookup)),
        AccessRule(.put, "/queues/{name}", administers),
        AccessRule(.delete, "/queues/{name}", administers),
        AccessRule(.post, "/queues/{name}/pause", administers),
        AccessRule(.post, "/queues/{name}/resume", administers),
        AccessRule(.get, "/workers", seesAll),
        AccessRule(.get, "/workers/{id}", seesAll),
        AccessRule(.post, "/workers/{id}/drain", administers),

        AccessRule(.get, "/tenant", everybody, budget: .reads(.lookup)),
        AccessRule(.get, "/tenants", seesAll),
        AccessRule(.post, "/tenants", administers),
        AccessRule(.get, "/tenants/{name}", seesAll, budget: .reads(.lookup)),
        AccessRule(.patch, "/tenants/{name}", administers),
        AccessRule(.delete, "/tenants/{name}", administers),
        AccessRule(.post, "/tenants/{name}/suspend", administers),
        AccessRule(.post, "/tenants/{name}/resume", administers),
        AccessRule(.get, "/users", seesAll),
        AccessRule(.post, "/users", administers),
        AccessRule(.get, "/users/{id}", seesAll, budget: .reads(.lookup)),
        AccessRule(.patch, "/users/{id}", administers),
        AccessRule(.delete, "/users/{id}", administers),
        AccessRule(.get, "/api-keys", seesAll),
        AccessRule(.post, "/api-keys", administers),
        AccessRule(.delete, "/api-keys/{id}", administers),
        AccessRule(.get, "/audit-log", seesAll),
    ]

    private let rules: [Key: AccessRule]

    /// The table for the routes of a router.
    ///
    /// - Throws: ``UnruledRoutes`` when there are routes that no rule is for.
    init(for routes: [Router<RESTContext>.RouteDescription]) throws(UnruledRoutes) {
        let pairs = Self.rules.map { (Key(method: $0.method, path: $0.path), $0) }
        rules = Dictionary(pairs) { first, _ in first }
        let unruled = routes.filter { rules[Key(method: $0.method, path: Self.path($0.path.description))] == nil }
        guard unruled.isEmpty else {
            throw UnruledRoutes(routes: unruled.map { "\($0.method) \(Self.path($0.path.description))" }.sorted())
        }
    }

    /// The rule for a request; nil when no route was found for it.
    ///
    /// - Parameter route: The pattern of the route that answers it.
    func rule(for method: HTTPRequest.Method, route: String?) -> AccessRule? {
        // HEAD is answered by the route of GET.
        route.flatMap { rules[Key(method: method == .head ? .get : method, path: Self.path($0))] }
    }

    private static func path(_ description: String) -> String {
        description.hasPrefix("/") ? description : "/" + description
    }
}

/// Routes that nothing says who may use.
struct UnruledRoutes: Error, CustomStringConvertible {
    /// The routes, as method and pattern.
    var routes: [String]

    /// Says what to add.
    var description: String {
        "no rule says who may call \(routes.joined(separator: ", ")); add a line for each to AccessTable.rules"
    }
}

/// Who may make a call.
struct AccessRule: Sendable {
    /// Whom a call is for.
    enum Access: Hashable, Sendable {
        /// Anybody, without credentials.
        case anyone
        /// Principals of some roles; an API key that is confined to scopes must have this one. Nil for what needs none.
        case roles(Set<Role>, Scope?)
    }

    /// What a call is counted against.
    enum Budget: Hashable, Sendable {
        /// Nothing: it asks no database.
        case none
        /// What a tenant, or else an address, may read.
        case reads(ReadCost)
        /// What a principal, or else an address, may change.
        case changes
        /// What an address may try to get in.
        case logins
    }

    /// What reading costs, in units of a tenant's budget.
    enum ReadCost: Int {
        /// A single thing, by its key.
        case lookup = 1
        /// A page of many.
        case page = 10
    }

    let method: HTTPRequest.Method
    /// The route's pattern, such as `/jobs/{id}`.
    let path: String
    let access: Access
    /// A scope that is as good as the one that the access asks for.
    let otherScope: Scope?
    let budget: Budget

    /// A rule for a route. Unless it says otherwise, what only reads is a page, or nothing when anyone may have it.
    init(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ access: Access,
        or otherScope: Scope? = nil,
        budget: Budget? = nil
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.otherScope = otherScope
        let reading: Budget = access == .anyone ? .none : .reads(.page)
        self.budget = budget ?? (method == .get ? reading : .changes)
    }
}
