import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// Refreshing a session against everything that ends it, through the stores of two job-services on one database. Whichever comes first,
/// nothing of the session may be good afterwards.
@Suite(.timeLimit(.minutes(5)))
struct SessionRaceTests {
    /// What ends a session, or keeps one from being opened.
    enum Ending: CaseIterable {
        case logout, password, role, disabling, deletion, reuse
    }

    private static let rounds = 200
    private let hasher = PasswordHasher(cost: PasswordHash.Cost(logRounds: 1, passes: 1))
    private let admin = AuditActor(Principal(subject: "root", tenant: .default, role: .admin))

    @Test(arguments: Ending.allCases) func noRefreshSurvivesTheEndOfItsSession(_ ending: Ending) async throws {
        try await withTwoServices { first, second, hash in
            var survivors = 0
            var refreshed = 0
            for round in 0..<Self.rounds {
                let user = try await account("r\(round)", hash, first)
                let opened = try #require(try await first.sessions.open(for: user))
                let used =
                    ending == .reuse ? try #require(try await first.sessions.refresh(opened.refreshToken)) : opened
                // The one goes on refreshing, the other ends the session somewhere in between.
                async let chain = refreshAgainAndAgain(used.refreshToken, through: first)
                for _ in 0..<(round % 8) { await Task.yield() }
                if round.isMultiple(of: 3) { try await Task.sleep(for: .microseconds(100 * (round % 20))) }
                try await end(opened, by: ending, through: second, hash)
                let granted = try await chain
                refreshed += granted.count
                // The last one, as the use of an earlier one would end the session by itself.
                let last = granted.last ?? used.refreshToken
                if try await second.sessions.refresh(last) != nil { survivors += 1 }
                // What access tokens the refreshes came with is known to be good no more.
                let list = RevocationList()
                list.add(try await second.revocations.recent(.seconds(600)))
                #expect(list.revokesToken(session: opened.id, user: user.id, epoch: user.epoch), "round \(round)")
            }
            #expect(survivors == 0, "\(ending): \(survivors) of \(Self.rounds), with \(refreshed) refreshes on the way")
            #expect(refreshed > 0, "the refreshes never got in between")
        }
    }

    /// A login whose password was right when it was checked, and is the old one by the time that the session opens.
    @Test(arguments: [Ending.password, .disabling, .deletion])
    func noLoginSurvivesTheChangeOfItsAccount(_ change: Ending) async throws {
        try await withTwoServices { first, second, hash in
            var survivors = 0
            for round in 0..<Self.rounds {
                let user = try await account("l\(round)", hash, first)
                async let opening = first.sessions.open(for: user)
                for _ in 0..<(round % 16) { await Task.yield() }
                try await end(Session(id: UUID(), user: user, refreshToken: ""), by: change, through: second, hash)
                guard let session = try await opening else { continue }
                if try await second.sessions.refresh(session.refreshToken) != nil { survivors += 1 }
            }
            #expect(survivors == 0, "\(change): \(survivors) of \(Self.rounds)")
        }
    }

    private func refreshAgainAndAgain(_ first: String, through stores: Stores) async throws -> [String] {
        var token = first
        var granted: [String] = []
        while granted.count < 50, let next = try await stores.sessions.refresh(token) {
            token = next.refreshToken
            granted.append(token)
        }
        return granted
    }

    private func end(_ session: Session, by ending: Ending, through stores: Stores, _ hash: PasswordHash) async throws {
        let user = session.user.id
        switch ending {
        case .logout: try await stores.sessions.end(session.id)
        case .password: _ = try await stores.users.update(user, UserChange(passwordHash: hash), by: admin)
        case .role: _ = try await stores.users.update(user, UserChange(role: .worker), by: admin)
        case .disabling:
            _ = try await stores.users.update(user, UserChange(isDisabled: true), by: admin)
            _ = try await stores.users.update(user, UserChange(isDisabled: false), by: admin)
        case .deletion: _ = try await stores.users.delete(user, by: admin)
        case .reuse: _ = try await stores.sessions.refresh(session.refreshToken)
        }
    }

    private func account(_ name: String, _ hash: PasswordHash, _ stores: Stores) async throws -> User {
        let new = NewUser(tenant: .default, username: try Username(name), role: .user, passwordHash: hash)
        return try #require(try await stores.users.create(new, by: admin))
    }

    private func withTwoServices(_ body: (Stores, Stores, PasswordHash) async throws -> Void) async throws {
        try await StoreFixture.run { fixture in
            try await fixture.withPool(2) { pool in
                try await body(fixture.stores, Stores(pools: DatabasePools(pool)), try await hasher.hash("a password"))
            }
        }
    }
}
