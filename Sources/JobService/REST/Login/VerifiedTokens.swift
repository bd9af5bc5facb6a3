import Crypto
import Foundation
import JWTKit
import Synchronization

/// Remembers the claims of tokens whose signature was checked, so that a busy client's token is checked once.
///
/// Tokens are known by their digest: the process keeps none that could be used.
final class VerifiedTokens: Sendable {
    private static let limit = 10_000

    private let claims = Mutex<[SHA256Digest: AccessTokenClaims]>([:])

    /// The claims of a token that was seen before. Whether their time has come or passed is not looked at.
    subscript(digest: SHA256Digest) -> AccessTokenClaims? {
        claims.withLock { $0[digest] }
    }

    /// Remembers a token's claims. When there are too many, those that have expired are forgotten, or else all.
    func insert(_ new: AccessTokenClaims, for digest: SHA256Digest, at now: Date) {
        claims.withLock { claims in
            if claims.count >= Self.limit {
                claims = claims.filter { now < $0.value.exp.value }
            }
            if claims.count >= Self.limit {
                claims = [:]
            }
            claims[digest] = new
        }
    }
}
