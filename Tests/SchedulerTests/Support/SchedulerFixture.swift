import Configuration
import Kafka
import Logging
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore
@testable import Platform
@testable import Scheduler

/// What a scheduler stands on: a database of its own with the schema, and a Kafka broker.
struct SchedulerFixture: Sendable {
    let url: String
    let pool: PostgresPool
    let stores: Stores
    let publisher: JobPublisher
    /// Not running: a test that wants to tell other processes runs it.
    let changes: ChangeTeller
    let duties: Duties
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func run(
        _ variables: [String: String] = [:],
        _ body: (SchedulerFixture) async throws -> Void
    ) async throws {
        let url = try await TestServers.shared.database()
        let pool = PostgresPool(configuration: try configuration(url), size: 0...4)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let broker = try MockBroker(logger: quiet)
        let kafka = KafkaConnection(brokers: broker.bootstrapServers)
        let producer = try KafkaProducer(
            configuration: KafkaProducerConfiguration(connection: kafka, closeTimeout: .seconds(1)),
            logger: quiet
        )
        do {
            try await Schema.upgrade(pool, logger: quiet)
            let stores = Stores(pools: DatabasePools(pool))
            let publisher = JobPublisher(producer: producer, topics: JobTopics(), logger: quiet)
            let meters = JobMeters(registry: PrometheusRegistry())
            let deadLetters = DeadLetterPublisher(
                producer: producer,
                topics: JobTopics(),
                meters: meters,
                logger: quiet
            )
            let changes = ChangeTeller(
                store: stores.changes,
                listener: PostgresListener(
                    configuration: try PostgresConfiguration(url: url),
                    channels: [ChangeStore.listeners]
                ),
                logger: quiet
            )
            let usual = ["DATABASE_URL": "postgres://localhost/unused", "KAFKA_BROKERS": "localhost:9"]
            let provider = EnvironmentVariablesProvider(environmentVariables: usual.merging(variables) { $1 })
            let duties = Duties(
                stores: stores,
                settings: try SchedulerSettings(SettingsReader(provider: provider)),
                endedRuns: EndedRunsPublisher(jobs: publisher, deadLetters: deadLetters, meters: meters),
                deadLetters: deadLetters,
                changes: changes,
                meters: meters,
                logger: quiet
            )
            try await body(
                SchedulerFixture(
                    url: url,
                    pool: pool,
                    stores: stores,
                    publisher: publisher,
                    changes: changes,
                    duties: duties
                )
            )
        } catch {
            await producer.close()
            await pool.close()
            throw error
        }
        await producer.close()
        await pool.close()
        withExtendedLifetime(broker) {}
    }

    static func configuration(_ url: String) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url)
        configuration.sessionSettings = DatabasePools.plannedByKey
        return configuration
    }

    /// A duty of the scheduler by its name.
    func duty(_ name: String) throws -> PeriodicDuty {
        try #require(duties.all.first { $0.name == name })
    }

    func submit(_ change: (inout NewJob) -> Void = { _ in }) async throws -> JobID {
        var job = NewJob(type: JobType(validated: "noop"), payload: Array("{}".utf8))
        change(&job)
        _ = try await stores.submissions.insert([job])
        return job.id
    }

    /// A worker that runs jobs of type `noop`.
    func openWorker() async throws -> WorkerSessionKey {
        let scope = WorkerScope(tenant: nil, queues: [], types: [JobType(validated: "noop")])
        let hello = WorkerHello(worker: .make(), name: "w", slots: 4, scope: scope)
        return try #require(try await stores.leases.open(hello, lease: .seconds(60))).key
    }

    func claim(_ job: JobID, by session: WorkerSessionKey) async throws {
        var batch = ExchangeBatch()
        batch.claims = [RunClaim(job: job, run: 1, session: session)]
        try #require(try await stores.exchanges.carryOut(batch).granted.count == 1)
    }

    func job(_ id: JobID) async throws -> Job {
        try #require(try await stores.jobs.job(id, of: nil))
    }

    func listener(_ channel: String) throws -> PostgresListener {
        PostgresListener(configuration: try PostgresConfiguration(url: url), channels: [channel])
    }
}
