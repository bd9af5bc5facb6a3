import Testing

@testable import JobStore
@testable import Platform

struct PasswordTests {
    private let cheap = PasswordHash.Cost(logRounds: 4, passes: 1)

    @Test func onlyThePasswordItselfMatchesItsHash() throws {
        let hash = try PasswordHash("correct horse", cost: cheap)
        #expect(try hash.matches("correct horse"))
        for other in ["", "correct horse ", "Correct horse", "correct hors"] { #expect(try !hash.matches(other)) }
        #expect(try PasswordHash("correct horse", cost: cheap) != hash, "each has a salt of its own")
    }

    @Test func theTextSaysHowItWasMade() throws {
        let hash = try PasswordHash("p", cost: PasswordHash.Cost(logRounds: 5, passes: 2))
        #expect(hash.description.hasPrefix("$scrypt$5$2$"))
        let read = try #require(PasswordHash(hash.description))
        #expect(read == hash)
        #expect(try read.matches("p"))
        for bad in ["", "p", "$scrypt$99$1$AA==$AA==", "$bcrypt$5$2$AA==$AA=="] { #expect(PasswordHash(bad) == nil) }
    }

    /// RFC 7914, section 12: the second of its examples, as far as the 32 bytes that are kept.
    @Test func itIsTheAlgorithmOfTheRFC() throws {
        let text =
            "$scrypt$10$16$TmFDbA==$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI="
        #expect(try #require(PasswordHash(text)).matches("password"))
    }

    @Test func nobodysPasswordIsCheckedToo() async throws {
        let hasher = PasswordHasher(cost: cheap)
        let hash = try await hasher.hash("a")
        #expect(try await hasher.verify("a", against: hash))
        #expect(try await !hasher.verify("b", against: hash))
        #expect(try await !hasher.verify("a", against: nil))
    }

    /// The quickest of many of each, in turn: what others do on the machine only adds, and to both alike.
    @Test func whoIsUnknownIsToldAsLate() async throws {
        let hasher = PasswordHasher(cost: PasswordHash.Cost(logRounds: 10, passes: 1))
        let hash = try await hasher.hash("a")
        func time(_ hash: PasswordHash?) async throws -> Duration {
            let start = ContinuousClock.now
            _ = try await hasher.verify("b", against: hash)
            return start.duration(to: .now)
        }
        var (known, unknown) = (Duration.seconds(60), Duration.seconds(60))
        for _ in 0..<25 {
            known = min(known, try await time(hash))
            unknown = min(unknown, try await time(nil))
        }
        #expect(unknown > known * 0.5 && unknown < known * 2, "\(known) and \(unknown)")
    }

    @Test(.timeLimit(.minutes(1))) func aFloodIsRefusedAndNotQueued() async throws {
        let hasher = PasswordHasher(cost: PasswordHash.Cost(logRounds: 12, passes: 1))
        let refused = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    do {
                        _ = try await hasher.hash("x")
                        return false
                    } catch { return error is PasswordHasherBusy }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(refused > 0 && refused < 200)
        #expect(try await hasher.verify("x", against: hasher.hash("x")), "it works again afterwards")
    }
}

struct SecretRuleTests {
    @Test(arguments: [
        "short", String(repeating: "s", count: 64), "changeme-changeme-changeme-changeme",
        "your-256-bit-secret-your-256-bit-secret", "this-is-a-secret-key-change-me-1234567890",
        "supersecretjwtkeysupersecretjwtkey",
    ])
    func weakKeysAreRefused(_ key: String) {
        #expect(SecretRule.weakness(ofKey: key) != nil)
    }

    @Test(arguments: [
        "short", "aaaaaaaaaaaaaaaa", "password1234", "admin-password-123", "QueueFlow-Admin", "changemechangeme",
        String(repeating: "abcdefg", count: 200),
    ])
    func weakPasswordsAreRefused(_ password: String) {
        #expect(SecretRule.weakness(ofPassword: password) != nil)
    }

    @Test func whatIsRandomIsGood() {
        for _ in 0..<100 {
            let secret = SecretToken().text
            #expect(SecretRule.weakness(ofKey: secret) == nil, "\(secret)")
            #expect(SecretRule.weakness(ofPassword: String(secret.prefix(32))) == nil, "\(secret)")
        }
        #expect(SecretRule.weakness(ofPassword: "correct horse battery staple") == nil)
    }
}
