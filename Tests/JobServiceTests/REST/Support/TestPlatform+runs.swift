import Testing

@testable import JobCore
@testable import JobStore

extension TestPlatform {
    /// A run that a worker was granted.
    struct StartedRun: Sendable {
        var job: JobID
        var fence: RunFence
    }

    /// Opens a session of a worker of its own, or of a known one.
    func openSession(
        of worker: WorkerID = .make(),
        name: String = "w",
        tenant: TenantName? = nil,
        queues: [String] = [],
        types: [String] = ["noop"],
        slots: Int = 8,
        typeLimits: [String: Int] = [:],
        lease: Duration = .seconds(60)
    ) async throws -> WorkerSessionKey {
        let scope = WorkerScope(
            tenant: tenant,
            queues: Set(try queues.map { try QueueName($0) }),
            types: Set(try types.map { try JobType($0) })
        )
        let limits = Dictionary(uniqueKeysWithValues: try typeLimits.map { (try JobType($0.key), $0.value) })
        let hello = WorkerHello(worker: worker, name: name, slots: slots, scope: scope, typeLimits: limits)
        return try #require(try await stores.leases.open(hello, lease: lease)).key
    }

    /// Has a worker claim the first runs of jobs.
    func claim(_ jobs: [JobID], by session: WorkerSessionKey) async throws -> [GrantedRun] {
        var batch = ExchangeBatch()
        batch.claims = jobs.map { RunClaim(job: $0, run: 1, session: session) }
        return try await stores.exchanges.carryOut(batch).granted
    }

    /// Submits a job through a session and has a worker of its own claim it.
    func startRun(_ session: TestSession) async throws -> StartedRun {
        let created = try await session.post("/jobs", #"{"type":"noop"}"#)
        let id = try #require(try created.string("id").flatMap { JobID($0) }, "\(created.text)")
        let worker = try await openSession()
        try #require(try await claim([id], by: worker).count == 1)
        return StartedRun(job: id, fence: RunFence(run: 1, worker: worker.worker))
    }

    /// Puts on record how a run ended.
    func end(_ run: StartedRun, _ kind: RunOutcome.Kind) async throws {
        _ = try await stores.exchanges.record([RunOutcome(job: run.job, fence: run.fence, kind: kind)])
    }
}
