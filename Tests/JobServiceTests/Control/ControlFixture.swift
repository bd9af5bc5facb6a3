import Foundation
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// A database of its own with the schema, for what the control plane is made of.
struct ControlFixture: Sendable {
    let url: String
    let pool: PostgresPool
    let stores: Stores
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func run(_ body: (ControlFixture) async throws -> Void) async throws {
        let url = try await TestServers.shared.database()
        var configuration = try PostgresConfiguration(url: url)
        configuration.sessionSettings = DatabasePools.plannedByKey
        let pool = PostgresPool(configuration: configuration, size: 0...4)
        do {
            let fixture = ControlFixture(url: url, pool: pool, stores: Stores(pools: DatabasePools(pool)))
            try await Schema.upgrade(pool, logger: fixture.logger)
            try await body(fixture)
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
    }

    func listener(_ channel: String) throws -> PostgresListener {
        try listener([channel])
    }

    func listener(_ channels: [String]) throws -> PostgresListener {
        PostgresListener(configuration: try PostgresConfiguration(url: url), channels: channels)
    }

    /// A worker's session on record.
    func openSession() async throws -> WorkerSessionKey {
        let hello = WorkerHello(
            worker: .make(),
            name: "w",
            slots: 8,
            scope: .everything
        )
        return try #require(try await stores.leases.open(hello, lease: .seconds(60))).key
    }

    func submit(_ count: Int, to backlog: Backlog = .sample(), payload: String = "{}") async throws -> [JobID] {
        var ids: [JobID] = []
        for _ in 0..<count {
            let job = NewJob(
                tenant: backlog.tenant,
                queue: backlog.queue,
                type: backlog.type,
                priority: backlog.priority,
                payload: Array(payload.utf8)
            )
            _ = try await stores.submissions.insert([job])
            ids.append(job.id)
        }
        return ids
    }

    /// Submits jobs and has a worker pull them.
    func start(_ count: Int, by session: WorkerSessionKey) async throws -> [GrantedRun] {
        _ = try await submit(count)
        var batch = ExchangeBatch()
        batch.pulls = [BacklogPull(.sample(), since: 0, shares: [(session, count)])]
        let granted = try await stores.exchanges.carryOut(batch).granted
        try #require(granted.count == count)
        return granted
    }

    /// Waits until so many sessions wait for a lock.
    func waitUntilBlocked(_ count: Int) async throws {
        let blocked = PostgresStatement(
            "blocked",
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        while try await pool.query(blocked)[0].decode(Int64.self) < count { await Task.yield() }
    }

    func job(_ id: JobID) async throws -> Job {
        try #require(try await stores.jobs.job(id, of: nil))
    }

    /// Pauses or resumes a queue.
    func pause(_ queue: TenantQueue, _ isPaused: Bool = true) async throws {
        let actor = AuditActor(Principal(subject: "test", tenant: .default, role: .admin))
        _ = try await stores.queues.change(queue, isPaused ? .pause : .resume, ifVersion: nil, by: actor)
    }
}

extension Backlog {
    static func sample(
        _ queue: String = "q",
        tenant: String = "default",
        type: String = "noop",
        _ priority: Priority = .normal
    ) -> Backlog {
        Backlog(
            tenant: TenantName(validated: tenant),
            queue: QueueName(validated: queue),
            priority: priority,
            type: JobType(validated: type)
        )
    }
}

extension WorkerScope {
    /// All jobs of type `noop`.
    static let everything = WorkerScope(tenant: nil, queues: [], types: [JobType(validated: "noop")])
}

extension GrantedRun {
    /// How the run ended, as its worker reports it.
    func outcome(_ kind: RunOutcome.Kind) -> RunOutcome {
        RunOutcome(job: job, fence: RunFence(run: run, worker: worker), kind: kind)
    }
}
