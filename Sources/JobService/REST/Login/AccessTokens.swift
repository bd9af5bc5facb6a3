import Crypto
import Foundation
import JWTKit
import JobCore

/// Issues access tokens and reads them: JWTs (RFC 7519), signed by HMAC with SHA-256.
struct AccessTokens: Sendable {
    /// How long a token is good, in seconds.
    static let lifetime: TimeInterval = 3_600
    /// Longer text is no token of ours.
    private static let maxLength = 4_096

    private let keys = JWTKeyCollection()
    private let verified = VerifiedTokens()

    /// Signs with a secret.
    ///
    /// - Parameter secret: At least 32 bytes, as many as the hash has (RFC 7518, section 3.2).
    init(secret: String) async {
        await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256, parser: HS256Parser())
    }

    /// A new token for a principal.
    func issue(to principal: Principal, at now: Date = Date()) async throws -> String {
        try await keys.sign(AccessTokenClaims(principal, issuedAt: now, lifetime: Self.lifetime))
    }

    /// Who bears a token; nil when it is not a good one.
    func principal(of token: some StringProtocol & Sendable, at now: Date = Date()) async -> Principal? {
        guard token.utf8.count <= Self.maxLength else { return nil }
        let bytes = Array(token.utf8)
        let digest = SHA256.hash(data: bytes)
        if let claims = verified[digest] { return claims.principal(at: now) }
        guard let claims = try? await keys.verify(bytes, as: AccessTokenClaims.self),
            let principal = claims.principal(at: now)
        else { return nil }
        verified.insert(claims, for: digest, at: now)
        return principal
    }
}
