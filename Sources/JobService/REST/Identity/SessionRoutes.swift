import Formats
import Hummingbird
import JobCore
import JobStore

/// The calls about one's own session.
struct SessionRoutes: Sendable {
    let sessions: SessionStore
    let revocations: RevocationList

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.post("/logout", use: logout)
        router.get("/me", use: show)
    }

    /// `POST /logout`: ends the session, here at once and with the other job-services within seconds.
    func logout(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        guard case .session(let session, _, _) = context.credential else { throw Problem.noSession }
        try await sessions.end(session)
        revocations.add([.session(session)])
        return Response(status: .noContent)
    }

    /// `GET /me`: who the credentials say one is.
    func show(_ request: Request, _ context: AuthenticatedContext) throws -> Response {
        try request.checkNoQuery()
        let principal = context.principal
        var writer = JSONWriter()
        writer.object {
            $0.member("subject", principal.subject)
            $0.member("tenant", principal.tenant.rawValue)
            $0.member("role", principal.role.rawValue)
            $0.scopes(principal.scopes)
        }
        return Response(.ok, json: writer)
    }
}

extension JSONWriter {
    /// Writes the member `scopes`; null for who is not confined to any.
    mutating func scopes(_ scopes: Set<Scope>?) {
        if let scopes {
            member("scopes", scopes.map(\.rawValue).sorted())
        } else {
            member("scopes", orNull: String?.none)
        }
    }
}
