import Hummingbird

/// What can be wrong with who asks (RFC 6750, section 3).
extension Problem {
    /// There is no token.
    static let authenticationRequired = Problem(
        slug: "authentication-required",
        status: .unauthorized,
        title: "Authentication is required",
        detail: "Send `Authorization: Bearer <token>` with a token from POST /login.",
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
        detail: "The token's role does not allow this call.",
        headers: [.wwwAuthenticate: #"Bearer realm="queueflow", error="insufficient_scope""#]
    )
}
