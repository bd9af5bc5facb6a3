import Concurrency
public import Foundation
import Postgres

/// Keeps sessions: each is what descends from one login, as a line of refresh tokens of which the last is good.
public struct SessionStore: Sendable {
    /// How long a refresh token is good.
    public static let tokenLifetime = Duration.seconds(30 * 86_400)

    private let pool: PostgresPool

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Opens a session for an account that has proved who it is.
    public func open(for user: User) async throws -> Session {
        let token = SecretToken()
        let session = Session(id: UUID(), user: user, refreshToken: token.text)
        _ = try await pool.pipeline([Self.insertion(of: token, session)])
        return session
    }

    /// Goes on with a session: its refresh token is good no more, and another takes its place.
    ///
    /// One that was used before has got into two hands, and which of them is the right one cannot be told: the session ends.
    ///
    /// - Returns: Nil when the token is none, or good no more.
    public func refresh(_ text: String) async throws -> Session? {
        let hash = SecretToken.hash(of: text)
        return try await pool.withTransaction { transaction in
            guard let row = try await transaction.query(Statements.useRefreshToken, hash).first else { return nil }
            let (family, user) = (try row.decode("family", as: UUID.self), try User(row: row))
            guard try !row.decode("is_used", as: Bool.self) else {
                _ = try await transaction.pipeline(Self.ending(of: family))
                return nil
            }
            guard try !row.decode("is_expired", as: Bool.self), !user.isDisabled else { return nil }
            let token = SecretToken()
            let session = Session(id: family, user: user, refreshToken: token.text)
            _ = try await transaction.pipeline([
                Statements.markRefreshToken.bind(hash), Self.insertion(of: token, session),
            ])
            return session
        }
    }

    /// Ends a session: its refresh and access tokens are good no more.
    public func end(_ session: UUID) async throws {
        _ = try await pool.pipeline(Self.ending(of: session))
    }

    private static func insertion(of token: SecretToken, _ session: Session) -> PostgresStatement.Bound {
        Statements.insertRefreshToken.bind(token.hash, session.id, session.user.id, tokenLifetime.millisecondsTruncated)
    }

    private static func ending(of session: UUID) -> [PostgresStatement.Bound] {
        [Statements.endSession.bind(session), Revocation.session(session).statement]
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
