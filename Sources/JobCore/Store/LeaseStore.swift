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

    /// A page of the workers whose lease has not run out, in the order of their ids.
    ///
    /// - Parameter id: Only workers after this one.
    public func live(after id: WorkerID?, limit: Int) async throws -> [LiveWorker] {
        try await pool.query(Statements.liveWorkers, id?.uuid, Int32(limit)).map { row in
            LiveWorker(
                id: WorkerID(try row.decode("id", as: UUID.self)),
                name: try row.decode("name", as: String.self),
                slots: Int(try row.decode("slots", as: Int32.self)),
                running: Int(try row.decode("running", as: Int32.self)),
                startedAt: try row.decode("started_at", as: Date.self),
                leaseUntil: try row.decode("lease_until", as: Date.self)
            )
        }
    }

    /// Removes a worker that ended orderly. One that still holds jobs keeps its lease until it runs out.
    public func remove(_ worker: WorkerID) async throws {
        _ = try await pool.query(Statements.removeWorker, worker.uuid)
    }

    /// Ends the leases that have run out and takes the jobs back, in one transaction for each call.
    ///
    /// - Parameter limit: The most workers to end.
    /// - Returns: The workers, and what the ends of their runs led to.
    public func endExpired(limit: Int) async throws -> (workers: [ExpiredWorker], ended: EndedRuns) {
        try await pool.withTransaction { transaction in
            var workers: [ExpiredWorker] = []
            var ended = EndedRuns()
            for row in try await transaction.query(Statements.endExpiredLeases, Int32(limit)) {
                let worker = ExpiredWorker(
                    id: WorkerID(try row.decode("id", as: UUID.self)),
                    name: try row.decode("name", as: String.self)
                )
                workers.append(worker)
                try await takeBack(try row.decode("job_ids", as: [UUID].self), of: worker, transaction, into: &ended)
            }
            return (workers, ended)
        }
    }

    private func takeBack(
        _ jobs: [UUID],
        of worker: ExpiredWorker,
        _ transaction: PostgresTransaction,
        into ended: inout EndedRuns
    ) async throws {
        guard !jobs.isEmpty else { return }
        let error = "the lease of worker '\(worker.name)' ran out"
        let types = try await transaction.query(Statements.lostTypes, worker.id.uuid, jobs).decode(String.self)
        let returned = try await transaction.query(
            Statements.returnLostJobs,
            worker.id.uuid,
            jobs,
            error,
            Int32(JobAnnouncement.maxInlinePayloadBytes),
            types,
            types.map { ErrorFingerprint(type: $0, kind: "lost", error: error).rawValue }
        )
        for row in returned { try ended.add(row) }
    }
}

/// A worker whose lease ran out.
public struct ExpiredWorker: Hashable, Sendable {
    /// Its id.
    public var id: WorkerID
    /// Its name, for people.
    public var name: String
}
