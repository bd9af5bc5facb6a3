import HTTPTypes
import Hummingbird
import JobCore

/// Finds out who makes a request, by its bearer token (RFC 6750, section 2.1), and lets only some roles through.
struct Authenticator: RouterMiddleware {
    typealias Context = RESTContext

    private let tokens: AccessTokens
    private let roles: Set<Role>

    /// Lets principals of some roles through.
    init(tokens: AccessTokens, roles: Set<Role>) {
        self.tokens = tokens
        self.roles = roles
    }

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        guard let token = request.headers[.authorization].flatMap(Self.bearerToken) else {
            throw Problem.authenticationRequired
        }
        guard let principal = await tokens.principal(of: token) else { throw Problem.invalidToken }
        guard roles.contains(principal.role) else { throw Problem.forbidden }
        var context = context
        context.principal = principal
        return try await next(request, context)
    }

    /// What follows the scheme's name, which is written in any case (RFC 9110, section 11.1).
    private static func bearerToken(_ header: String) -> Substring? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].drop { $0 == " " }
    }
}
