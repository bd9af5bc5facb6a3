import Foundation
public import Postgres

/// Gives runs to workers.
public struct ClaimStore: Sendable {
    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Decides a batch of claims, of any workers, in one round trip.
    ///
    /// - Returns: For each claim, in order, the grant, or nil when it is refused.
    public func decide(_ claims: [Claim]) async throws -> [Grant?] {
        let rows = try await pool.query(
            Statements.claimJobs,
            claims.map(\.job.uuid),
            claims.map { Int32($0.fence.run) },
            claims.map(\.fence.worker.uuid),
            claims.map(\.wantsPayload)
        )
        var grants: [JobID: (worker: UUID, run: Int32, grant: Grant)] = [:]
        grants.reserveCapacity(rows.count)
        for row in rows {
            let grant = Grant(
                attempt: Int(try row.decode("attempt", as: Int32.self)),
                maxAttempts: Int(try row.decode("max_attempts", as: Int32.self)),
                timeoutMilliseconds: try row.decode("timeout_ms", as: Int64?.self),
                payload: try row.decode("payload", as: PostgresJSON?.self)?.bytes,
                batch: try row.decode("batch_id", as: Int64?.self)
            )
            grants[JobID(try row.decode("id", as: UUID.self))] = (
                try row.decode("worker_id", as: UUID.self), try row.decode("run", as: Int32.self), grant
            )
        }
        return claims.map { claim in
            guard let found = grants[claim.job], found.worker == claim.fence.worker.uuid,
                Int(found.run) == claim.fence.run
            else { return nil }
            return found.grant
        }
    }

    /// Forgets claim batches all of whose runs have ended.
    public func close(batches: [Int64]) async throws {
        _ = try await pool.query(Statements.closeClaimBatches, batches)
    }

    /// Removes claim batches older than `age` that nobody closed although none of their runs goes on.
    ///
    /// - Returns: How many there were.
    public func sweep(olderThan age: Duration) async throws -> Int {
        try await pool.query(Statements.sweepClaimBatches, age.wholeMilliseconds).affectedRows
    }
}
