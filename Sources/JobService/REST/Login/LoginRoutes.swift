import Hummingbird
import JobCore

/// The calls that give tokens.
struct LoginRoutes: Sendable {
    let administrator: Administrator
    let tokens: AccessTokens

    func add(to router: some RouterMethods<RESTContext>) {
        router.post("/login", use: login)
    }

    /// `POST /login`: a token for a name and a password. The answer has the form of RFC 6749, section 5.1.
    func login(_ request: Request, _ context: RESTContext) async throws -> Response {
        var reader = MemberReader(try await request.jsonObject(), known: ["username", "password"])
        for name in ["username", "password"] where reader.value(name) == nil {
            reader.refuse(name, "must be given")
        }
        let (username, password) = (reader.string("username"), reader.string("password"))
        try reader.errors.check()
        guard let username, let password, administrator.matches(username: username, password: password) else {
            throw Problem.invalidCredentials
        }
        let token = try await tokens.issue(to: administrator.principal)
        var writer = JSONWriter()
        writer.object {
            $0.member("access_token", token)
            $0.member("token_type", "Bearer")
            $0.member("expires_in", Int(AccessTokens.lifetime))
        }
        return Response(.ok, headers: [.cacheControl: "no-store"], json: writer)
    }
}
