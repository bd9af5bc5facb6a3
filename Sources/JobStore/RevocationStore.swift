import Concurrency
import Foundation
import Postgres

/// Reads what was revoked.
public struct RevocationStore: Sendable {
    /// The channel on which it is announced that there is something new.
    public static let channel = "qf_revocations"

    private let guarded: GuardedPool

    init(guarded: GuardedPool) {
        self.guarded = guarded
    }

    /// What was revoked in the last so long.
    public func recent(_ period: Duration) async throws -> [Revocation] {
        let rows = try await guarded.pipeline([Statements.listRevocations.bind(period.millisecondsTruncated)])[0]
        return try rows.map { row in
            let subject = try row.decode("subject", as: UUID.self)
            return switch try row.decode("kind", as: Revocation.Kind.self) {
            case .user: .user(subject, epoch: Int(try row.decode("epoch", as: Int32.self)))
            case .session: .session(subject)
            case .key: .key(subject)
            }
        }
    }
}

extension Revocation {
    fileprivate enum Kind: String {
        case user, session, key
    }

    /// Puts it on record and announces it.
    var statement: PostgresStatement.Bound {
        switch self {
        case .user(let id, let epoch):
            Statements.insertRevocation.bind(Kind.user.rawValue, id, Int32(clamping: epoch))
        case .session(let id): Statements.insertRevocation.bind(Kind.session.rawValue, id, Int32(0))
        case .key(let id): Statements.insertRevocation.bind(Kind.key.rawValue, id, Int32(0))
        }
    }
}
