import Foundation
public import Postgres

/// Keeps the workers' leases.
public struct LeaseStore: Sendable {
    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Gives a worker its lease, or renews the one it has.
    ///
    /// - Returns: Whether it had one.
    public func register(_ worker: WorkerID, name: String, slots: Int, lease: Duration) async throws -> Bool {
        try await pool.query(
            Statements.registerWorker,
            worker.uuid,
            name,
            Int32(slots),
            lease.wholeMilliseconds
        ).single(Bool.self)
    }

    /// Renews the leases of workers that run so many jobs.
    ///
    /// - Returns: The workers whose lease was renewed. The others' had run out.
    public func renew(_ workers: [(id: WorkerID, running: Int)], lease: Duration) async throws -> Set<WorkerID> {
        let renewed = try await pool.query(
            Statements.renewLeases,
            workers.map(\.id.uuid),
            workers.map { Int32($0.running) },
            lease.wholeMilliseconds
        )
        return Set(try renewed.decode(UUID.self).map(WorkerID.init))
    }

    /// Removes a worker that ended orderly. One that still holds jobs keeps its lease until it runs out.
    public func remove(_ worker: WorkerID) async throws {
        _ = try await pool.query(Statements.removeWorker, worker.uuid)
    }

    /// Ends the leases that have run out and takes the jobs back, in one transaction for each call.
    ///
    /// - Parameter limit: The most workers to end.
    /// - Returns: The workers, and what is to be published.
    public func endExpired(limit: Int) async throws -> (workers: [ExpiredWorker], announcements: [JobAnnouncement]) {
        try await pool.withTransaction { transaction in
            var workers: [ExpiredWorker] = []
            var announcements: [JobAnnouncement] = []
            for row in try await transaction.query(Statements.endExpiredLeases, Int32(limit)) {
                let worker = try row.decode("id", as: UUID.self)
                let name = try row.decode("name", as: String.self)
                let returned = try await transaction.query(
                    Statements.returnLostJobs,
                    worker,
                    try row.decode("job_ids", as: [UUID].self),
                    "the lease of worker \(name) ran out",
                    Int32(JobAnnouncement.maxInlinePayloadBytes)
                )
                workers.append(ExpiredWorker(id: WorkerID(worker), name: name))
                announcements += try returned.map(JobAnnouncement.init(row:))
            }
            return (workers, announcements)
        }
    }
}

/// A worker whose lease ran out.
public struct ExpiredWorker: Hashable, Sendable {
    /// Its id.
    public var id: WorkerID
    /// Its name, for people.
    public var name: String
}
