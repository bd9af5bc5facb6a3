import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct IdentityStoreTests {
    private let hasher = PasswordHasher(cost: PasswordHash.Cost(logRounds: 4, passes: 1))
    private let admin = AuditActor(Principal(subject: "root", tenant: .default, role: .admin))

    private func user(_ stores: Stores, _ name: String, tenant: String = "acme") async throws -> User {
        let new = NewUser(
            tenant: try TenantName(tenant),
            username: try Username(name),
            role: .user,
            passwordHash: try await hasher.hash("pw of \(name)")
        )
        return try #require(try await stores.users.create(new, by: admin))
    }

    @Test func namesAreUniqueInAllTenants() async throws {
        try await StoreFixture.run { fixture in
            let ada = try await user(fixture.stores, "ada")
            #expect(ada.epoch == 0 && !ada.isDisabled && ada.tenant.rawValue == "acme")
            let again = NewUser(
                tenant: .default,
                username: try Username("ada"),
                role: .admin,
                passwordHash: try await hasher.hash("x")
            )
            #expect(try await fixture.stores.users.create(again, by: admin) == nil)
            let record = try #require(try await fixture.stores.users.login(Username("ada")))
            #expect(record.user == ada)
            #expect(try record.passwordHash.matches("pw of ada"))
        }
    }

    @Test func whateverIsDoneToAnAccountIsOnRecordAndEndsItsTokens() async throws {
        try await StoreFixture.run { fixture in
            let stores = fixture.stores
            let ada = try await user(stores, "ada")
            let session = try #require(try await stores.sessions.open(for: ada))
            let change = UserChange(role: .admin, isDisabled: true)
            let changed = try #require(try await stores.users.update(ada.id, change, by: admin))
            #expect(changed.epoch == 1 && changed.role == .admin && changed.isDisabled)
            #expect(try await stores.sessions.refresh(session.refreshToken) == nil)
            #expect(try await stores.sessions.open(for: ada) == nil, "it is not as it was when its password was right")
            #expect(try await stores.users.delete(ada.id, by: admin) == 2)
            #expect(try await stores.users.delete(ada.id, by: admin) == nil)
            #expect(try await stores.sessions.open(for: changed) == nil)
            #expect(try await stores.revocations.recent(.seconds(60)).contains(.user(ada.id, epoch: 1)))
            #expect(try await stores.revocations.recent(.seconds(60)).contains(.user(ada.id, epoch: 2)))
            let records = try await stores.audit.records(by: "root", action: nil, after: nil, limit: 10).elements
            #expect(records.map(\.action) == ["users.delete", "users.update", "users.create"])
            let part = try await stores.audit.records(by: "nobody", action: nil, after: nil, limit: 10, budget: 2)
            #expect(part.elements.isEmpty && !part.isComplete && part.last?.id == records[1].id)
            #expect(records.allSatisfy { $0.target == ada.id.text })
            let details = String(decoding: records[1].details, as: UTF8.self)
            #expect(details == #"{"username":"ada","role":"ADMIN","disabled":true}"#)
        }
    }

    @Test func aRefreshTokenIsGoodOnceAndItsReuseEndsTheSession() async throws {
        try await StoreFixture.run { fixture in
            let sessions = fixture.stores.sessions
            let ada = try await user(fixture.stores, "ada")
            let first = try #require(try await sessions.open(for: ada))
            let other = try #require(try await sessions.open(for: ada))
            let second = try #require(try await sessions.refresh(first.refreshToken))
            #expect(second.id == first.id && second.refreshToken != first.refreshToken && second.user == ada)
            #expect(try await sessions.refresh(first.refreshToken) == nil)
            #expect(try await sessions.refresh(second.refreshToken) == nil, "the whole family is revoked")
            #expect(try await fixture.stores.revocations.recent(.seconds(60)) == [.session(first.id)])
            #expect(try await sessions.refresh(other.refreshToken) != nil, "other sessions go on")
            #expect(try await sessions.refresh("nonsense") == nil)
        }
    }

    /// Of two that use the same token at once one gets another, and then the session ends.
    @Test func twoAtOnceAreAReuse() async throws {
        try await StoreFixture.run { fixture in
            let sessions = fixture.stores.sessions
            let session = try #require(try await sessions.open(for: try await user(fixture.stores, "ada")))
            async let first = sessions.refresh(session.refreshToken)
            async let second = sessions.refresh(session.refreshToken)
            let granted = try await [first, second].compactMap { $0 }
            #expect(granted.count == 1)
            #expect(try await sessions.refresh(granted[0].refreshToken) == nil)
        }
    }

    /// However many tokens a session has had, it is one row, and the first of them is still known for what it is.
    @Test func theFirstTokenEndsTheSessionAfterAnyNumberOfOthers() async throws {
        try await StoreFixture.run { fixture in
            let sessions = fixture.stores.sessions
            let first = try #require(try await sessions.open(for: try await user(fixture.stores, "ada")))
            var last = first.refreshToken
            for _ in 0..<200 { last = try #require(try await sessions.refresh(last)).refreshToken }
            #expect(try await fixture.number("select count(*) from sessions") == 1)
            #expect(try await sessions.refresh(first.refreshToken) == nil)
            #expect(try await fixture.number("select count(*) from sessions") == 0)
            #expect(try await sessions.refresh(last) == nil)
        }
    }

    @Test func anAccountHasAThousandSessionsAtMost() async throws {
        try await StoreFixture.run { fixture in
            let ada = try await user(fixture.stores, "ada")
            let bob = try #require(try await fixture.stores.sessions.open(for: try await user(fixture.stores, "bob")))
            try await fixture.sql(
                """
                insert into sessions (id, user_id, epoch, family, token, expires_at)
                select gen_random_uuid(), '\(ada.id)', 0, sha256(i::text::bytea), '', now() + i * interval '1 minute'
                from generate_series(1, 1005) i
                """
            )
            let newest = try #require(try await fixture.stores.sessions.open(for: ada))
            #expect(try await fixture.number("select count(*) from sessions where user_id = '\(ada.id)'") == 1_000)
            #expect(try await fixture.stores.sessions.refresh(newest.refreshToken) != nil)
            #expect(try await fixture.stores.sessions.refresh(bob.refreshToken) != nil)
        }
    }

    /// What may be changed is looked at as it is while it is changed.
    @Test func anAccountIsCheckedAsItIsWhenItIsChanged() async throws {
        struct TooMuch: Error {}
        try await StoreFixture.run { fixture in
            let users = fixture.stores.users
            let ada = try await user(fixture.stores, "ada")
            let actor = admin
            let change = try await fixture.withPool(1) { pool in
                try await pool.withTransaction { transaction in
                    try await transaction.execute("update users set role = 'ADMIN' where id = '\(ada.id)'")
                    let change = Task {
                        try await users.update(ada.id, UserChange(isDisabled: true), by: actor) { user in
                            if user.role == .admin { throw TooMuch() }
                        }
                    }
                    try await fixture.waitUntilBlocked()
                    return change
                }
            }
            await #expect(throws: TooMuch.self) { try await change.value }
            #expect(try await users.user(ada.id)?.isDisabled == false)
        }
    }

    @Test func aKeyIsShownOnceAndKnownByItsHash() async throws {
        try await StoreFixture.run { fixture in
            let keys = fixture.stores.apiKeys
            let new = NewAPIKey(
                tenant: try TenantName("acme"),
                name: "ci",
                role: .user,
                scopes: [.jobsRead],
                expiresAt: Date(timeIntervalSinceNow: 3_600)
            )
            let (key, secret) = try await keys.create(new, by: admin)
            #expect(secret.hasPrefix("qf_") && secret.hasPrefix(key.prefix) && secret.count == 67)
            #expect(key.scopes == [.jobsRead] && key.lastUsedAt == nil && key.createdBy == "root")
            let hash = SecretToken.hash(of: secret)
            #expect(try await keys.key(hash: hash)?.id == key.id)
            #expect(try await keys.key(hash: hash)?.lastUsedAt != nil)
            #expect(try await keys.key(hash: SecretToken.hash(of: secret + "0")) == nil)
            #expect(try await keys.revoke(key.id, by: admin))
            #expect(try await !keys.revoke(key.id, by: admin))
            #expect(try await keys.key(hash: hash) == nil)
            #expect(try await fixture.stores.revocations.recent(.seconds(60)) == [.key(key.id)])
            #expect(try await keys.keys(of: TenantName("acme"), after: nil, limit: 10).first?.revokedAt != nil)
            let records = try await fixture.stores.audit.records(by: nil, action: nil, after: nil, limit: 10).elements
            #expect(records.map(\.action) == ["api_keys.revoke", "api_keys.create"])
            #expect(!records.contains { String(decoding: $0.details, as: UTF8.self).contains(secret) })
        }
    }

    @Test func anExpiredKeyIsWorthNothing() async throws {
        try await StoreFixture.run { fixture in
            let past = Date(timeIntervalSinceNow: -1)
            let new = NewAPIKey(tenant: .default, name: "old", role: .user, scopes: nil, expiresAt: past)
            let (_, secret) = try await fixture.stores.apiKeys.create(new, by: admin)
            #expect(try await fixture.stores.apiKeys.key(hash: SecretToken.hash(of: secret)) == nil)
        }
    }

    @Test func theSettingsAdministratorIsMadeOnceAndFollowsTheSettingWhenItChanges() async throws {
        try await StoreFixture.run { fixture in
            let users = fixture.stores.users
            let name = try Username("boss")
            func matches(_ password: String) async throws -> Bool {
                try #require(try await users.login(name)).passwordHash.matches(password)
            }
            async let first: Void = users.ensureAdministrator(name, password: "one", hasher: hasher)
            async let second: Void = users.ensureAdministrator(name, password: "one", hasher: hasher)
            _ = try await (first, second)
            let boss = try #require(try await users.login(name)).user
            #expect(boss.role == .admin && boss.epoch == 0)

            let own = UserChange(passwordHash: try await hasher.hash("my own"))
            _ = try await users.update(boss.id, own, by: admin)
            try await users.ensureAdministrator(name, password: "one", hasher: hasher)
            #expect(try await matches("my own"), "the setting has not changed, so what was set since stays")

            _ = try await users.update(boss.id, UserChange(role: .user, isDisabled: true), by: admin)
            try await users.ensureAdministrator(name, password: "two", hasher: hasher)
            #expect(try await matches("two"))
            let restored = try #require(try await users.login(name)).user
            #expect(restored.role == .admin && !restored.isDisabled && restored.id == boss.id)
        }
    }
}
