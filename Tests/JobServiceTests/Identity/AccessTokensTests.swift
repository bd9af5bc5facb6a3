import Foundation
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

struct AccessTokensTests {
    private let user = User.sample(.user, tenant: .default)
    private let now = Date(timeIntervalSince1970: 1_800_000_000.9)
    private let revocations = RevocationList()

    private func tokens(_ secret: String = TestPlatform.secret) async -> AccessTokens {
        AccessTokens(keys: await SigningKeys(secret: secret), revocations: revocations)
    }

    @Test func aTokenTellsWhoBearsItUntilItExpires() async throws {
        let tokens = await tokens()
        let token = try await tokens.issue(to: user, session: UUID(), at: now)
        // Twice each: the second time it is remembered.
        for _ in 0..<2 {
            #expect(await tokens.caller(of: token, at: now)?.principal == user.principal)
            let last = now.addingTimeInterval(AccessTokens.lifetime - 1)
            #expect(await tokens.caller(of: token, at: last)?.principal == user.principal)
            #expect(await tokens.caller(of: token, at: now.addingTimeInterval(AccessTokens.lifetime)) == nil)
        }
    }

    @Test func clocksMayLieApartALittle() async throws {
        let tokens = await tokens()
        let token = try await tokens.issue(to: user, session: UUID(), at: now)
        #expect(await tokens.caller(of: token, at: now.addingTimeInterval(-20)) != nil)
        #expect(await tokens.caller(of: token, at: now.addingTimeInterval(-60)) == nil)
    }

    @Test func anotherInstallationsTokenIsWorthNothing() async throws {
        let token = try await tokens("another secret, which is 32 bytes long").issue(to: user, session: UUID())
        #expect(await tokens().caller(of: token) == nil)
    }

    @Test func whatIsRevokedIsWorthNothingAlthoughItIsRemembered() async throws {
        let tokens = await tokens()
        let (first, second) = (UUID(), UUID())
        let ofFirst = try await tokens.issue(to: user, session: first)
        let ofSecond = try await tokens.issue(to: user, session: second)
        #expect(await tokens.caller(of: ofFirst) != nil)
        revocations.add([.session(first)])
        #expect(await tokens.caller(of: ofFirst) == nil)
        #expect(await tokens.caller(of: ofSecond) != nil)
        revocations.add([.user(user.id, epoch: 1)])
        #expect(await tokens.caller(of: ofSecond) == nil)
        var changed = user
        changed.epoch = 1
        #expect(await tokens.caller(of: try await tokens.issue(to: changed, session: UUID())) != nil)
    }

    /// The example of RFC 8037, appendix A.3: the name of a key is the digest that anybody else would compute.
    @Test func aKeysNameIsItsThumbprint() async throws {
        let pem = """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
            -----END PRIVATE KEY-----
            """
        let key = try #require(try await SigningKeys(privatePEM: pem).published.first)
        #expect(key.x == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        #expect(key.id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    }
}
