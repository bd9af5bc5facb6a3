public import JobCore
import Postgres

/// Reads how much waits, from the counters that submissions and claims keep.
public struct JobLevels: Sendable {
    private let pool: GuardedPool

    /// Reads through a pool of connections.
    public init(pool: GuardedPool) {
        self.pool = pool
    }

    /// The present levels, in one round trip.
    public func read(_ levels: [JobLevel]) async throws -> [JobLevel: Int] {
        var queues: [TenantQueue] = []
        var known: Set<TenantName> = []
        for level in levels {
            switch level {
            case .queue(let queue): queues.append(queue)
            // Both of a tenant are read together.
            case .waiting(let tenant), .bytes(let tenant): known.insert(tenant)
            }
        }
        let tenants = Array(known)
        let results = try await pool.pipeline([
            Statements.queueDepths.bind(queues.map(\.tenant.rawValue), queues.map(\.queue.rawValue)),
            Statements.tenantLevels.bind(tenants.map(\.rawValue)),
        ])
        var read: [JobLevel: Int] = [:]
        for row in results[0] {
            let queue = queues[Int(try row.decode("place", as: Int64.self)) - 1]
            read[.queue(queue)] = Int(try row.decode("waiting", as: Int64.self))
        }
        for row in results[1] {
            let tenant = tenants[Int(try row.decode("place", as: Int64.self)) - 1]
            read[.waiting(tenant)] = Int(try row.decode("waiting", as: Int64.self))
            read[.bytes(tenant)] = Int(try row.decode("stored", as: Int64.self))
        }
        return read
    }
}

/// Something that rises with each job that is submitted, and has a limit.
public enum JobLevel: Hashable, Sendable {
    /// How many jobs wait in a queue: for a worker, for their time or for their next attempt.
    case queue(TenantQueue)
    /// How many jobs of a tenant do.
    case waiting(TenantName)
    /// How many bytes of payloads and results a tenant has on record.
    case bytes(TenantName)

    /// What a job adds to which levels.
    package static func raised(by job: NewJob) -> [(JobLevel, Int)] {
        [
            (.queue(TenantQueue(tenant: job.tenant, queue: job.queue)), 1), (.waiting(job.tenant), 1),
            (.bytes(job.tenant), job.payload.count),
        ]
    }
}
