import Concurrency
import Crypto
import Foundation
import JWTKit
import JobStore
import Synchronization

/// Issues access tokens and reads them: JWTs (RFC 7519).
final class AccessTokens: Sendable {
    /// How long a token is good, in seconds.
    static let lifetime: TimeInterval = 900
    /// Longer text is no token of ours.
    private static let maxLength = 4_096
    /// How many tokens' claims are remembered, so that a busy client's signature is checked once.
    private static let remembered = 10_000

    let keys: SigningKeys
    private let revocations: RevocationList
    /// Tokens are known by their digest: the process keeps none that could be used.
    private let verified = Mutex(LRUCache<SHA256Digest, AccessTokenClaims>(capacity: remembered))

    /// Signs with some keys.
    ///
    /// - Parameter revocations: Which tokens are good no more.
    init(keys: SigningKeys, revocations: RevocationList) {
        self.keys = keys
        self.revocations = revocations
    }

    /// A new token for an account's session.
    ///
    /// - Parameters:
    ///   - session: The session's id.
    ///   - now: The time before the session was read: however long its answer took, the token ends before it is forgotten that the
    ///     session did.
    func issue(to user: User, session: UUID, at now: Date = Date()) async throws -> String {
        try await keys.sign(AccessTokenClaims(user, session: session, issuedAt: now, lifetime: Self.lifetime))
    }

    /// Who bears a token; nil when it is not a good one, or no longer.
    func caller(of token: some StringProtocol & Sendable, at now: Date = Date()) async -> Caller? {
        guard token.utf8.count <= Self.maxLength else { return nil }
        let bytes = Array(token.utf8)
        let digest = SHA256.hash(data: bytes)
        let known = verified.withLock { $0.value(for: digest) }
        guard let claims = if let known { known } else { try? await verify(bytes) },
            let principal = claims.principal(at: now)
        else { return nil }
        if known == nil { verified.withLock { _ = $0.set(claims, for: digest) } }
        let credential = Credential.session(claims.sid, user: claims.uid, epoch: claims.epoch)
        let caller = Caller(principal: principal, credential: credential, expiresAt: claims.exp.value)
        return caller.isProved(by: revocations, at: now) ? caller : nil
    }

    private func verify(_ token: [UInt8]) async throws -> AccessTokenClaims {
        try await keys.collection.verify(token, as: AccessTokenClaims.self)
    }
}
