import HTTPTypes
import Hummingbird
import JobStore

/// Finds out who makes a request, by its bearer token (RFC 6750, section 2.1) or its API key, counts it against what it may do
/// and lets it through if the ``AccessTable`` does; to read a page when it is its tenant's turn.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    private static let apiKeyName = HTTPField.Name("X-API-Key")

    let table: AccessTable
    let authentication: Authentication
    let limits: RequestLimits
    let pages: FairGate

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        // The table has a rule for each route, or the service would not have started.
        guard let rule = table.rule(for: request.method, route: context.endpointPath) else { throw Problem.forbidden }
        var context = context
        context.clientAddress = limits.address(of: request, peer: context.peerAddress)
        var identified: Result<Caller, Problem> = .failure(.authenticationRequired)
        if case .roles = rule.access { identified = try await caller(of: request) }
        let quota = try await limits.admit(rule.budget, identified, from: context.clientAddress)
        if case .roles(let roles, let scope) = rule.access {
            let caller = try identified.get()
            guard !caller.isClosed(by: authentication.revocations) else { throw Problem.tenantSuspended }
            guard roles.contains(caller.principal.role) else { throw Problem.forbidden }
            if let scope, caller.principal.lacks(scope), rule.otherScope.map(caller.principal.lacks) ?? true {
                throw Problem.scopeMissing(scope)
            }
            context.caller = caller
        }
        var response =
            if case .reads(.page) = rule.budget {
                try await pages.run(for: context.caller?.principal.tenant) { [context] in
                    try await next(request, context)
                }
            } else {
                try await next(request, context)
            }
        quota?.write(to: &response.headers)
        return response
    }

    private func caller(of request: Request) async throws -> Result<Caller, Problem> {
        if let token = request.headers[.authorization].flatMap(Self.bearerToken) {
            return await authentication.tokens.caller(of: token).map { .success($0) } ?? .failure(.invalidToken)
        }
        if let key = Self.apiKeyName.flatMap({ request.headers[$0] }) {
            return try await authentication.keys.caller(of: key).map { .success($0) } ?? .failure(.invalidAPIKey)
        }
        return .failure(.authenticationRequired)
    }

    /// What follows the scheme's name, which is written in any case (RFC 9110, section 11.1).
    private static func bearerToken(_ header: String) -> Substring? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].drop { $0 == " " }
    }
}
