import Foundation
import JobCore
import Testing

@testable import JobService

struct AccessTokensTests {
    private let principal = Principal(subject: "ada", tenant: .default, role: .user)
    private let now = Date(timeIntervalSince1970: 1_800_000_000.9)

    @Test func aTokenTellsWhoBearsItUntilItExpires() async throws {
        let tokens = await AccessTokens(secret: TestPlatform.secret)
        let token = try await tokens.issue(to: principal, at: now)
        // Twice each: the second time it is remembered.
        for _ in 0..<2 {
            #expect(await tokens.principal(of: token, at: now) == principal)
            #expect(
                await tokens.principal(of: token, at: now.addingTimeInterval(AccessTokens.lifetime - 1)) == principal
            )
            #expect(await tokens.principal(of: token, at: now.addingTimeInterval(AccessTokens.lifetime)) == nil)
        }
    }

    @Test func clocksMayLieApartALittle() async throws {
        let tokens = await AccessTokens(secret: TestPlatform.secret)
        let token = try await tokens.issue(to: principal, at: now)
        #expect(await tokens.principal(of: token, at: now.addingTimeInterval(-20)) == principal)
        #expect(await tokens.principal(of: token, at: now.addingTimeInterval(-60)) == nil)
    }

    @Test func anotherInstallationsTokenIsWorthNothing() async throws {
        let token = try await AccessTokens(secret: "another secret, which is 32 bytes long").issue(to: principal)
        #expect(await AccessTokens(secret: TestPlatform.secret).principal(of: token) == nil)
    }
}
