import Foundation
import Logging
import Postgres

/// A transaction of somebody who does not end it: it holds locks that others wait for, or keeps what was deleted since from being cleared
/// away.
struct OpenTransaction: Sendable {
    /// How long to wait for a lock oneself, with everybody who comes later behind one.
    private static let patience = "3s"

    private let connection: PostgresConnection

    /// Begins a transaction on a connection of its own, past all proxies.
    ///
    /// - Throws: `PostgresError` when the database is away, or the lock cannot be had.
    static func begin(_ fault: Fault, url: String) async throws -> OpenTransaction {
        let connection = try await PostgresConnection.connect(PostgresConfiguration(url: url))
        do {
            try await connection.execute("begin")
            try await connection.execute("set local lock_timeout = '\(patience)'")
            try await connection.execute(statement(for: fault))
        } catch {
            await connection.close()
            throw error
        }
        return OpenTransaction(connection: connection)
    }

    private static func statement(for fault: Fault) -> String {
        switch fault.target {
        case .rows(.someLive): "select from jobs_live order by id limit 500 for update skip locked"
        case .rows(.leases): "select from workers order by id for no key update"
        case .rows(let rows): "lock table \(rows.rawValue) in access exclusive mode"
        // Gives the transaction a number, as a write does.
        default: "select pg_current_xact_id()"
        }
    }

    /// Gives everything free.
    func end() async { await connection.close() }
}
