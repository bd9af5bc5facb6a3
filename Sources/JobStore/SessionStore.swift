import Concurrency
public import Foundation
import Postgres

/// Keeps sessions: each is what descends from one login, as a line of refresh tokens of which the last is good.
///
/// A session is one row, on which all that use or end it wait for each other. It is good only for as long as it is there, has not expired,
/// and is of the account's present epoch; so whatever ends it leaves nothing behind, whoever was about to go on with it.
public struct SessionStore: Sendable {
    /// How long a refresh token is good.
    public static let tokenLifetime = Duration.seconds(30 * 86_400)

    private let pool: PostgresPool

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Opens a session for an account that has proved who it is.
    ///
    /// - Parameter user: The account as it was when the proof was looked at.
    /// - Returns: Nil when it was changed or removed since, so that the proof may be worth nothing any more.
    public func open(for user: User) async throws -> Session? {
        let (id, token) = (UUID(), RefreshToken())
        let rows = try await pool.query(
            Statements.openSession,
            id,
            user.id,
            Int32(clamping: user.epoch),
            token.familyHash,
            token.onceHash,
            Self.tokenLifetime.millisecondsTruncated
        )
        return rows.isEmpty ? nil : Session(id: id, user: user, refreshToken: token.text)
    }

    /// Goes on with a session: its refresh token is good no more, and another takes its place.
    ///
    /// One that was used before has got into two hands, and which of them is the right one cannot be told: the session ends.
    ///
    /// - Returns: Nil when the token is none, or good no more.
    public func refresh(_ text: String) async throws -> Session? {
        guard let token = RefreshToken(text) else { return nil }
        let next = token.next()
        let rows = try await retryingConflicts {
            try await pool.pipeline([
                Statements.refreshSession.bind(
                    token.familyHash,
                    token.onceHash,
                    next.onceHash,
                    Self.tokenLifetime.millisecondsTruncated
                ),
                Statements.endReusedSession.bind(token.familyHash, token.onceHash, next.onceHash),
            ])
        }
        return try rows[0].first.map { row in
            Session(
                id: try row.decode("session", as: UUID.self),
                user: try User(row: row),
                refreshToken: next.text
            )
        }
    }

    /// Ends a session: its refresh and access tokens are good no more.
    public func end(_ session: UUID) async throws {
        _ = try await retryingConflicts {
            try await pool.pipeline([Statements.endSession.bind(session), Revocation.session(session).statement])
        }
    }
}

/// What descends from one login.
public struct Session: Sendable {
    /// Its id.
    public var id: UUID
    /// Whose it is.
    public var user: User
    /// Good for going on with it once.
    public var refreshToken: String
}

/// A refresh token: 32 random bytes that all tokens of a session begin with, and 32 that are good once. Who has the former and not the
/// latter has had another token of the session.
struct RefreshToken: Sendable {
    private let family: String
    private let once: String

    /// The first token of a session.
    init() {
        self.init(family: SecretToken().text)
    }

    /// Reads a token; nil when it is none.
    init?(_ text: String) {
        let length = SecretToken.length
        guard text.utf8.count == 2 * length, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        (family, once) = (String(text.prefix(length)), String(text.suffix(length)))
    }

    private init(family: String) {
        self.family = family
        once = SecretToken().text
    }

    /// Another token of the same session.
    func next() -> RefreshToken { RefreshToken(family: family) }

    /// What its holder sends.
    var text: String { family + once }
    var familyHash: [UInt8] { SecretToken.hash(of: family) }
    var onceHash: [UInt8] { SecretToken.hash(of: once) }
}
