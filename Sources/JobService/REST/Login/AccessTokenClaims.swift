import Foundation
import JWTKit
import JobCore

/// What an access token says (RFC 7519, section 4.1, and two claims of our own).
struct AccessTokenClaims: JWTPayload {
    static let issuer = "queueflow"
    static let audience = "queueflow-api"
    /// How far the clocks of two job-services may lie apart, in seconds.
    private static let leeway: TimeInterval = 30

    var sub: SubjectClaim
    var role: String
    var tenant: String
    var iss: IssuerClaim
    var aud: AudienceClaim
    var iat: IssuedAtClaim
    var nbf: NotBeforeClaim
    var exp: ExpirationClaim

    /// The claims of a principal's new token, in whole seconds.
    init(_ principal: Principal, issuedAt now: Date, lifetime: TimeInterval) {
        let issuedAt = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
        sub = SubjectClaim(value: principal.subject)
        role = principal.role.rawValue
        tenant = principal.tenant.rawValue
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
