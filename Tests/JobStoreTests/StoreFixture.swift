import Foundation
import Logging
import Postgres
import TestSupport

@testable import JobCore
@testable import JobStore

/// A database of its own with the schema, the stores on it, planned as the services plan, and a worker that has a lease.
struct StoreFixture: Sendable {
    let url: String
    let pool: PostgresPool
    let stores: Stores
    let session: WorkerSessionKey

    var worker: WorkerID { session.worker }

    static func run(_ body: (StoreFixture) async throws -> Void) async throws {
        let url = try await TestServers.shared.database()
        let pool = PostgresPool(configuration: try configuration(url), size: 0...4)
        do {
            try await Schema.upgrade(pool, logger: Logger(label: "test"))
            let stores = Stores(pools: DatabasePools(pool))
            let hello = hello(.make())
            guard let opened = try await stores.leases.open(hello, lease: .seconds(60)) else { throw NotLetIn() }
            try await body(StoreFixture(url: url, pool: pool, stores: stores, session: opened.key))
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
    }

    static func configuration(_ url: String, named name: String = "tests") throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url, applicationName: name)
        configuration.sessionSettings = DatabasePools.plannedByKey
        return configuration
    }

    /// A hello of a worker that serves everything of type `noop` unless said otherwise.
    static func hello(
        _ worker: WorkerID,
        name: String = "w",
        tenant: TenantName? = nil,
        queues: Set<QueueName> = [],
        types: [String] = ["noop"],
        runs: [RunKey] = []
    ) -> WorkerHello {
        let scope = WorkerScope(tenant: tenant, queues: queues, types: Set(types.map(JobType.init(validated:))))
        return WorkerHello(worker: worker, name: name, slots: 10, scope: scope, runs: runs)
    }

    /// Opens a session of a worker; it keeps the runs that it names.
    @discardableResult
    func open(
        _ worker: WorkerID = .make(),
        name: String = "w",
        tenant: TenantName? = nil,
        types: [String] = ["noop"],
        runs: [RunKey] = []
    ) async throws -> OpenedSession {
        let hello = Self.hello(worker, name: name, tenant: tenant, types: types, runs: runs)
        guard let opened = try await stores.leases.open(hello, lease: .seconds(60)) else { throw NotLetIn() }
        return opened
    }

    /// A pool of connections apart from the fixture's, which the body's end closes.
    func withPool<Result>(
        _ size: Int,
        named name: String = "tests",
        _ body: (PostgresPool) async throws -> Result
    ) async throws -> Result {
        let pool = PostgresPool(configuration: try Self.configuration(url, named: name), size: 0...size)
        do {
            let result = try await body(pool)
            await pool.close()
            return result
        } catch {
            await pool.close()
            throw error
        }
    }

    /// Runs SQL that only a test needs.
    func sql(_ text: String) async throws {
        try await pool.execute(text)
    }

    /// The only number of the only row.
    func number(_ sql: String) async throws -> Int {
        try await Int(pool.query(PostgresStatement(sql, sql))[0].decode(Int64.self))
    }

    /// Ends the lease of a worker, or of all, for the database's clock.
    func expireLeases(of worker: WorkerID? = nil) async throws {
        try await sql(
            "update workers set lease_until = now() - interval '1 s' where \(worker.map { "id = '\($0)'" } ?? "true")"
        )
    }

    /// Waits until so many sessions wait for a lock.
    func waitUntilBlocked(_ count: Int = 1) async throws {
        let waiting =
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        while try await number(waiting) < count { await Task.yield() }
    }

    struct NotLetIn: Error {}

    struct NoSuchJob: Error {
        var id: JobID
    }
}
