import Formats
import Hummingbird
import JobCore
import JobStore

/// What can be wrong with who asks (RFC 6750, section 3).
extension Problem {
    /// There is no token.
    static let authenticationRequired = Problem(
        slug: "authentication-required",
        status: .unauthorized,
        title: "Authentication is required",
        detail: "Send `Authorization: Bearer <token>` with a token from POST /login, or `X-API-Key`.",
        headers: [.wwwAuthenticate: #"Bearer realm="queueflow""#]
    )

    /// There is a token, and it is worth nothing. Why is not told: it would help only who forges one.
    static let invalidToken = Problem(
        slug: "invalid-token",
        status: .unauthorized,
        title: "The token is not valid",
        detail: "The token is expired or not one of this installation. Get a new one from POST /login.",
        headers: [.wwwAuthenticate: #"Bearer realm="queueflow", error="invalid_token""#]
    )

    /// There is an API key, and it is worth nothing.
    static let invalidAPIKey = Problem(
        slug: "invalid-api-key",
        status: .unauthorized,
        title: "The API key is not valid",
        detail: "The API key is expired, revoked or not one of this installation. An administrator can make a new one.",
        headers: [.wwwAuthenticate: #"Bearer realm="queueflow""#]
    )

    /// The refresh token is none, used before or expired.
    static let invalidRefreshToken = Problem(
        slug: "invalid-refresh-token",
        status: .unauthorized,
        title: "The refresh token is not valid",
        detail: "The refresh token is expired, was used before or is not one of this installation. Log in again.",
        headers: [.wwwAuthenticate: #"Bearer realm="queueflow""#]
    )

    /// Name and password do not belong together. Which of them is wrong is not told.
    static let invalidCredentials = Problem(
        slug: "invalid-credentials",
        status: .unauthorized,
        title: "The credentials are not valid",
        detail: "There is no account with this name and password.",
        headers: [.wwwAuthenticate: #"Bearer realm="queueflow""#]
    )

    /// The token is good for other things.
    static let forbidden = Problem(
        slug: "forbidden",
        status: .forbidden,
        title: "Not allowed",
        detail: "The role of the credentials does not allow this call.",
        headers: [.wwwAuthenticate: #"Bearer realm="queueflow", error="insufficient_scope""#]
    )

    /// The credentials are good, but their tenant rests.
    static let tenantSuspended = Problem(
        slug: "tenant-suspended",
        status: .forbidden,
        title: "The tenant is suspended",
        detail:
            "The tenant of the credentials is suspended, or being removed. An administrator of another one can resume it."
    )

    /// The API key is confined to other things.
    static func scopeMissing(_ scope: Scope) -> Problem {
        var problem = forbidden
        problem.detail = "The API key does not have the scope \(scope.rawValue)."
        problem.headers = [
            .wwwAuthenticate: #"Bearer realm="queueflow", error="insufficient_scope", scope="\#(scope.rawValue)""#
        ]
        return problem
    }

    /// Somebody wants to give what they have not.
    static func grantTooWide(_ excess: GrantExcess) -> Problem {
        let what =
            switch excess {
            case .role(let role): "the role \(role.rawValue), or another tenant"
            case .unconfined(let role): "all of the role \(role.rawValue), as they are confined to scopes"
            case .scopes(let scopes): "the scopes " + scopes.map(\.rawValue).sorted().joined(separator: ", ")
            case .lifetime(let end): "anything for longer than until \(RFC3339.string(end)), when they end themselves"
            }
        return Problem(
            slug: "grant-too-wide",
            status: .forbidden,
            title: "That is more than you have",
            detail: "Nobody can give more than their own credentials let them do, and these do not have \(what)."
        )
    }

    /// What ends a session was asked with an API key.
    static let noSession = Problem(
        slug: "no-session",
        status: .conflict,
        title: "There is no session",
        detail: "An API key has no session to end. An administrator can revoke it: DELETE /api-keys/{id}."
    )

    /// More was asked than a limit admits.
    static func rateLimited(_ quota: Quota) -> Problem {
        var problem = Problem(
            slug: "rate-limited",
            status: .tooManyRequests,
            title: "Too many requests",
            detail:
                "At most \(quota.rule.limit) such requests are admitted in \(Quota.wholeSeconds(quota.rule.window)) s."
        )
        quota.write(to: &problem.headers)
        return problem
    }

    /// Too many wrong passwords came in a row.
    static func loginThrottled(_ wait: Duration) -> Problem {
        Problem(
            slug: "login-throttled",
            status: .tooManyRequests,
            title: "Too many failed logins",
            detail: "After several wrong passwords the next one is looked at only after a while.",
            headers: [.retryAfter: String(Quota.wholeSeconds(wait))]
        )
    }

    /// An administrator is about to shut itself out.
    static let ownAccount = Problem(
        slug: "own-account",
        status: .conflict,
        title: "This is your own account",
        detail: "An administrator cannot disable, demote or delete the own account. Another one can."
    )

    /// Another account has the name.
    static let usernameTaken = Problem(
        slug: "username-taken",
        status: .conflict,
        title: "The name is taken",
        detail: "There is an account with this name already; names are unique in all tenants.",
        errors: [FieldError(field: "username", detail: "is taken")]
    )

    /// No account of this id.
    static let userNotFound = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "There is no account with this id."
    )

    /// No API key of this id that is not revoked.
    static let apiKeyNotFound = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "There is no API key with this id that is not revoked."
    )
}
