import Concurrency
import Formats
public import Foundation
public import JobCore
public import Postgres

/// Keeps the workers' leases and sessions.
public struct LeaseStore: Sendable {
    /// The channel on which job-services hear, by its id, that a worker is to end.
    public static let drainChannel = "qf_drains"

    private let pool: PostgresPool
    private let limits: TenantLimits

    /// A store on a pool of connections.
    ///
    /// - Parameter limits: What tenants without limits of their own may have.
    public init(pool: PostgresPool, limits: TenantLimits = TenantLimits()) {
        self.pool = pool
        self.limits = limits
    }

    /// Opens a worker's session: gives it a lease, or renews the one it has, and gives back what it holds by the record but does not
    /// name: it was granted that without hearing of it.
    ///
    /// - Returns: Nil when the worker has a lease as another tenant's.
    /// - Throws: ``TenantLimitReached`` when its tenant has as many workers as it may; ``TenantClosed``.
    public func open(_ hello: WorkerHello, lease: Duration) async throws -> OpenedSession? {
        try await pool.withTransaction { transaction in
            if let tenant = hello.scope.tenant {
                let room = try await TenantRoom(locking: tenant, usual: limits, transaction)
                let others = try await transaction.query(Statements.countWorkers, tenant.rawValue, hello.worker.uuid)
                    .single(Int64.self)
                try room.check(.workers, used: Int(others))
            }
            let typeLimits = Array(hello.typeLimits)
            let opened = try await transaction.query(
                Statements.registerWorker,
                hello.worker.uuid,
                hello.name,
                Int32(clamping: hello.slots),
                hello.scope.tenant?.rawValue,
                hello.scope.queues.map(\.rawValue).sorted(),
                hello.scope.types.map(\.rawValue).sorted(),
                typeLimits.map(\.key.rawValue),
                typeLimits.map { Int32(clamping: $0.value) },
                lease.millisecondsTruncated
            ).first
            guard let opened else { return nil }
            let key = WorkerSessionKey(
                worker: hello.worker,
                session: try opened.decode("session", as: Int64.self)
            )
            return OpenedSession(
                key: key,
                leaseKept: try opened.decode("kept", as: Bool.self),
                isDraining: try opened.decode("draining", as: Bool.self),
                ended: try await giveBack(of: hello.worker, but: hello.runs, transaction)
            )
        }
    }

    /// Ends a worker's lease, if the session is its present one, and gives back whatever it still holds by the record.
    ///
    /// - Returns: What that led to.
    public func close(_ session: WorkerSessionKey) async throws -> EndedRuns {
        try await pool.withTransaction { transaction in
            let present = try await transaction.query(
                Statements.lockSessionOfWorker,
                session.worker.uuid,
                session.session
            )
            guard !present.isEmpty else { return EndedRuns() }
            let ended = try await giveBack(of: session.worker, but: [], transaction)
            _ = try await transaction.query(Statements.endSessionOfWorker, session.worker.uuid)
            return ended
        }
    }

    /// Renews the leases of workers that run so many jobs, and reads which of their runs are to be stopped.
    ///
    /// - Returns: The workers whose lease was renewed (the others' had run out, or they have opened another session), and the runs to
    ///   stop.
    public func renew(_ workers: [(session: WorkerSessionKey, running: Int)], lease: Duration) async throws -> Renewal {
        let results = try await pool.pipeline([
            Statements.renewLeases.bind(
                workers.map(\.session.worker.uuid),
                workers.map(\.session.session),
                workers.map { Int32(clamping: $0.running) },
                lease.millisecondsTruncated
            ),
            Statements.cancelledRuns.bind(workers.map(\.session.worker.uuid)),
        ])
        let renewed = try results[0].decode(UUID.self, Bool.self).map { (WorkerID($0), $1) }
        return Renewal(
            renewed: Set(renewed.map(\.0)),
            draining: Set(renewed.filter(\.1).map(\.0)),
            cancelled: try results[1].map(CancelledRun.init(row:))
        )
    }

    /// A page of the workers whose lease has not run out, in the order of their ids.
    ///
    /// - Parameter id: Only workers after this one.
    public func live(after id: WorkerID?, limit: Int) async throws -> [LiveWorker] {
        try await pool.query(Statements.liveWorkers, id?.uuid, Int32(limit)).map(LiveWorker.init(row:))
    }

    /// Asks a worker to take no more jobs, to end those that it runs, and to end itself; and puts on record who did so. Its job-service is
    /// told at once, and reads it again with each heartbeat and each new session. May be asked any number of times.
    ///
    /// - Returns: Whether there is such a worker.
    public func drain(_ worker: WorkerID, by actor: AuditActor) async throws -> Bool {
        try await pool.withTransaction { transaction in
            guard let row = try await transaction.query(Statements.drainWorker, worker.uuid).first else { return false }
            let name = try row.decode("name", as: String.self)
            let entry = AuditEntry(.drainWorker, target: worker.description, by: actor) { $0.member("name", name) }
            _ = try await transaction.pipeline([entry.statement])
            return true
        }
    }

    /// Ends the leases that have run out and takes the jobs back, in one transaction for each call.
    ///
    /// - Parameter limit: The most workers to end.
    /// - Returns: The workers, and what the ends of their runs led to.
    public func endExpired(limit: Int) async throws -> (workers: [ExpiredWorker], ended: EndedRuns) {
        try await pool.withTransaction { transaction in
            let workers = try await transaction.query(Statements.endExpiredLeases, Int32(limit))
                .decode(UUID.self, String.self).map { ExpiredWorker(id: WorkerID($0), name: $1) }
            var ended = EndedRuns()
            guard !workers.isEmpty else { return (workers, ended) }
            let jobs = try await transaction.query(Statements.lostBatches, workers.map(\.id.uuid))
                .decode(UUID.self, UUID.self)
            let jobsOf = Dictionary(grouping: jobs, by: \.0).mapValues { $0.map(\.1) }
            for worker in workers {
                try await takeBack(
                    (jobsOf[worker.id.uuid] ?? []).map { ($0, worker.id.uuid) },
                    because: "the lease of worker '\(worker.name)' ran out",
                    transaction,
                    into: &ended
                )
            }
            return (workers, ended)
        }
    }

    /// Takes back jobs that run for a worker without a lease, whatever happened.
    ///
    /// - Returns: What that led to.
    public func endOrphans(limit: Int) async throws -> EndedRuns {
        try await pool.withTransaction { transaction in
            var ended = EndedRuns()
            let found = try await transaction.query(Statements.findOrphans, Int32(limit)).decode(UUID.self, UUID.self)
            try await takeBack(found, because: "the worker that ran it is gone", transaction, into: &ended)
            return ended
        }
    }

    private func giveBack(
        of worker: WorkerID,
        but kept: [RunKey],
        _ transaction: PostgresTransaction
    ) async throws -> EndedRuns {
        var ended = EndedRuns()
        let held = try await transaction.query(
            Statements.heldRuns,
            worker.uuid,
            kept.map(\.job.uuid),
            kept.map { Int32(clamping: $0.run) }
        ).decode(UUID.self, Int32.self)
        guard !held.isEmpty else { return ended }
        var pipeline = Pipeline()
        pipeline.add(
            releases: held.map { job, run in
                let fence = RunFence(run: Int(run), worker: worker)
                return (RunOutcome(job: JobID(job), fence: fence, kind: .release(delay: nil)), nil)
            }
        )
        for row in try await transaction.pipeline(pipeline.statements)[0] { try ended.add(row, of: .release) }
        return ended
    }

    private func takeBack(
        _ jobs: [(job: UUID, worker: UUID)],
        because error: String,
        _ transaction: PostgresTransaction,
        into ended: inout EndedRuns
    ) async throws {
        guard !jobs.isEmpty else { return }
        let returned = try await transaction.query(
            Statements.returnLostJobs,
            jobs.map(\.job),
            jobs.map(\.worker),
            error,
            NormalizedError(error).text
        )
        for row in returned { try ended.add(row, of: .loss) }
    }
}

/// A worker that opens a session.
public struct WorkerHello: Sendable {
    /// Who it is, as it has proved.
    public var worker: WorkerID
    /// Its name, for people.
    public var name: String
    /// How many jobs it runs at once.
    public var slots: Int
    /// Which jobs it may be given.
    public var scope: WorkerScope
    /// How many runs of a type it has at once, for types that have a limit of their own.
    public var typeLimits: [JobType: Int]
    /// The runs it still has.
    public var runs: [RunKey]

    /// A hello.
    public init(
        worker: WorkerID,
        name: String,
        slots: Int,
        scope: WorkerScope,
        typeLimits: [JobType: Int] = [:],
        runs: [RunKey] = []
    ) {
        self.worker = worker
        self.name = name
        self.slots = slots
        self.scope = scope
        self.typeLimits = typeLimits
        self.runs = runs
    }
}

/// A session that was opened.
public struct OpenedSession: Sendable {
    /// Its number.
    public var key: WorkerSessionKey
    /// Whether the worker had a lease before.
    public var leaseKept: Bool
    /// Whether somebody has asked the worker to take no more jobs.
    public var isDraining: Bool
    /// What came of giving back what the worker did not know of.
    public var ended: EndedRuns
}

/// What renewing leases led to.
public struct Renewal: Sendable {
    /// Whose lease was renewed.
    public var renewed: Set<WorkerID>
    /// Which of them were asked to take no more jobs.
    public var draining: Set<WorkerID>
    /// The runs of the workers that are to be stopped.
    public var cancelled: [CancelledRun]
}

/// A worker whose lease ran out.
public struct ExpiredWorker: Hashable, Sendable {
    /// Its id.
    public var id: WorkerID
    /// Its name, for people.
    public var name: String
}

extension CancelledRun {
    /// Reads a row of `cancelled_runs.sql`.
    fileprivate init(row: PostgresRow) throws {
        self.init(
            worker: WorkerID(try row.decode("worker_id", as: UUID.self)),
            job: JobID(try row.decode("id", as: UUID.self)),
            run: Int(try row.decode("run", as: Int32.self))
        )
    }
}

extension LiveWorker {
    /// Reads a row of `live_workers.sql` or `live_worker.sql`.
    init(row: PostgresRow) throws {
        self.init(
            id: WorkerID(try row.decode("id", as: UUID.self)),
            name: try row.decode("name", as: String.self),
            slots: Int(try row.decode("slots", as: Int32.self)),
            running: Int(try row.decode("running", as: Int32.self)),
            startedAt: try row.decode("started_at", as: Date.self),
            leaseUntil: try row.decode("lease_until", as: Date.self),
            tenant: try row.decode("tenant", as: String?.self),
            queues: try row.decode("queues", as: [String].self),
            types: try row.decode("types", as: [String].self),
            isDraining: try row.decode("draining", as: Bool.self)
        )
    }
}

/// A worker whose lease has not run out.
public struct LiveWorker: Hashable, Sendable {
    /// Its id.
    public var id: WorkerID
    /// Its name, for people.
    public var name: String
    /// How many jobs it runs at once.
    public var slots: Int
    /// How many it ran at its last heartbeat.
    public var running: Int
    /// When it opened its first session.
    public var startedAt: Date
    /// When its lease runs out unless it is renewed.
    public var leaseUntil: Date
    /// Whose jobs alone it runs; nil means everybody's.
    public var tenant: String?
    /// The queues it serves; none means all.
    public var queues: [String]
    /// The types that it has handlers for.
    public var types: [String]
    /// Whether somebody has asked it to take no more jobs.
    public var isDraining: Bool
}
