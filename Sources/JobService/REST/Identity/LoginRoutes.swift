import Formats
import Foundation
import Hummingbird
import JobCore
import JobStore
import Logging
import Metrics
import Platform

/// The calls that give tokens and end them.
struct LoginRoutes: Sendable {
    let identity: Identity
    let users: UserStore
    let sessions: SessionStore
    private let logins = Dictionary(
        uniqueKeysWithValues: ["granted", "refused", "throttled"].map { ($0, Counter(.logins, [("outcome", $0)])) }
    )

    init(identity: Identity, users: UserStore, sessions: SessionStore) {
        self.identity = identity
        self.users = users
        self.sessions = sessions
    }

    func add(to router: some RouterMethods<RESTContext>) {
        router.post("/login", use: login)
        router.post("/token/refresh", use: refresh)
        router.get("/.well-known/jwks.json", use: keys)
    }

    /// `POST /login`: tokens for a name and a password. The answer has the form of RFC 6749, section 5.1.
    ///
    /// Names that are no account are treated as those that are, and it takes as long.
    func login(_ request: Request, _ context: RESTContext) async throws -> Response {
        try request.checkNoQuery()
        let (username, password) = try await credentials(request)
        let attempt: LoginThrottle.Attempt
        switch await identity.throttle.begin(username: username, address: context.clientAddress) {
        case .attempt(let granted): attempt = granted
        case .wait(let wait):
            logins["throttled"]?.increment()
            throw Problem.loginThrottled(wait)
        }
        let start = Date()
        guard let user = try await account(username, password, attempt),
            let session = try await sessions.open(for: user)
        else {
            logins["refused"]?.increment()
            context.requestLogger.notice("a login was refused", metadata: ["client": "\(context.clientAddress)"])
            throw Problem.invalidCredentials
        }
        await identity.throttle.succeeded(attempt)
        logins["granted"]?.increment()
        return try await grant(session, at: start)
    }

    /// The account whose name and password these are; nil when they are nobody's, or its who is shut out.
    private func account(_ username: String, _ password: String, _ attempt: LoginThrottle.Attempt) async throws -> User?
    {
        do {
            var record: LoginRecord?
            if let name = try? Username(username) { record = try await users.login(name) }
            // What is too long is nobody's password, and would only be dear to hash.
            let tried = password.utf8.count <= SecretRule.maxPasswordBytes ? password : ""
            let isRight = try await identity.hasher.verify(tried, against: record?.passwordHash)
            return isRight ? record.map(\.user).flatMap { $0.isDisabled ? nil : $0 } : nil
        } catch {
            // Nobody has looked at the password.
            await identity.throttle.abandoned(attempt)
            throw error
        }
    }

    /// `POST /token/refresh`: new tokens for a refresh token, which is good once.
    func refresh(_ request: Request, _ context: RESTContext) async throws -> Response {
        try request.checkNoQuery()
        var reader = MemberReader(try await request.jsonObject(), known: ["refresh_token"])
        if reader.value("refresh_token") == nil { reader.refuse("refresh_token", "must be given") }
        let token = reader.string("refresh_token")
        try reader.errors.check()
        let start = Date()
        guard let token, let session = try await sessions.refresh(token) else { throw Problem.invalidRefreshToken }
        return try await grant(session, at: start)
    }

    /// `GET /.well-known/jwks.json`: the keys by which anybody can check access tokens (RFC 7517, RFC 8037).
    func keys(_ request: Request, _ context: RESTContext) throws -> Response {
        try request.checkNoQuery()
        var writer = JSONWriter()
        writer.object { document in
            document.name("keys")
            document.array { list in
                for key in identity.authentication.tokens.keys.published {
                    list.object {
                        $0.member("kty", "OKP")
                        $0.member("crv", "Ed25519")
                        $0.member("alg", "EdDSA")
                        $0.member("use", "sig")
                        $0.member("kid", key.id)
                        $0.member("x", key.x)
                    }
                }
            }
        }
        return Response(.ok, headers: [.cacheControl: "public, max-age=300"], json: writer)
    }

    private func credentials(_ request: Request) async throws -> (username: String, password: String) {
        var reader = MemberReader(try await request.jsonObject(), known: ["username", "password"])
        for name in ["username", "password"] where reader.value(name) == nil {
            reader.refuse(name, "must be given")
        }
        let (username, password) = (reader.string("username"), reader.string("password"))
        try reader.errors.check()
        guard let username, let password else { throw Problem.invalidCredentials }
        return (username, password)
    }

    private func grant(_ session: Session, at start: Date) async throws -> Response {
        guard identity.tenants.state(of: session.user.tenant) == .active else { throw Problem.tenantSuspended }
        let tokens = identity.authentication.tokens
        let token = try await tokens.issue(to: session.user, session: session.id, at: start)
        var writer = JSONWriter()
        writer.object {
            $0.member("access_token", token)
            $0.member("token_type", "Bearer")
            $0.member("expires_in", Int(AccessTokens.lifetime))
            $0.member("refresh_token", session.refreshToken)
        }
        return Response(.ok, headers: [.cacheControl: "no-store"], json: writer)
    }

}
