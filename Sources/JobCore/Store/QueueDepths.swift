import Postgres

/// Reads how long queues are, from the counters that submissions and claims keep.
public struct QueueDepths: Sendable {
    private let pool: GuardedPool

    /// Reads through a pool of connections.
    public init(pool: GuardedPool) {
        self.pool = pool
    }

    /// How many jobs of each queue may run and wait for a worker.
    public func read(_ queues: [TenantQueue]) async throws -> [TenantQueue: Int] {
        let rows = try await pool.query(
            Statements.queueDepths,
            queues.map(\.tenant.rawValue),
            queues.map(\.queue.rawValue)
        )
        var depths: [TenantQueue: Int] = [:]
        for row in rows {
            let queue = queues[Int(try row.decode("place", as: Int64.self)) - 1]
            depths[queue] = Int(try row.decode("queued", as: Int64.self))
        }
        return depths
    }
}
