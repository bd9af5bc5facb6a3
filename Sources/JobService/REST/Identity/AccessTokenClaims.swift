import Foundation
import JWTKit
import JobCore
import JobStore

/// What an access token says (RFC 7519, section 4.1, and claims of our own).
struct AccessTokenClaims: JWTPayload {
    static let issuer = "queueflow"
    static let audience = "queueflow-api"
    /// How far the clocks of two job-services may lie apart, in seconds.
    private static let leeway: TimeInterval = 30

    var sub: SubjectClaim
    var role: String
    var tenant: String
    /// The account's id, and its epoch when the token was issued.
    var uid: UUID
    var epoch: Int
    /// The session, which is the id of the family of refresh tokens.
    var sid: UUID
    var jti: IDClaim
    var iss: IssuerClaim
    var aud: AudienceClaim
    var iat: IssuedAtClaim
    var nbf: NotBeforeClaim
    var exp: ExpirationClaim

    /// The claims of a new token, in whole seconds.
    ///
    /// - Parameter session: The session's id.
    init(_ user: User, session: UUID, issuedAt now: Date, lifetime: TimeInterval) {
        let issuedAt = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
        sub = SubjectClaim(value: user.username)
        role = user.role.rawValue
        tenant = user.tenant.rawValue
        uid = user.id
        epoch = user.epoch
        sid = session
        jti = IDClaim(value: UUID().text)
        iss = IssuerClaim(value: Self.issuer)
        aud = AudienceClaim(value: [Self.audience])
        iat = IssuedAtClaim(value: issuedAt)
        nbf = NotBeforeClaim(value: issuedAt)
        exp = ExpirationClaim(value: issuedAt.addingTimeInterval(lifetime))
    }

    /// Checks who issued the token and for whom. The times are checked by ``principal(at:)``, again at each use.
    func verify(using algorithm: some JWTAlgorithm) throws {
        guard iss.value == Self.issuer else {
            throw JWTError.claimVerificationFailure(failedClaim: iss, reason: "another issuer")
        }
        try aud.verifyIntendedAudience(includes: Self.audience)
    }

    /// Who bears the token; nil when it is not yet or no longer good, or names a role or tenant there cannot be.
    func principal(at now: Date) -> Principal? {
        guard nbf.value <= now.addingTimeInterval(Self.leeway), now < exp.value,
            let role = Role(rawValue: role), let tenant = try? TenantName(tenant)
        else { return nil }
        return Principal(subject: sub.value, tenant: tenant, role: role)
    }
}
