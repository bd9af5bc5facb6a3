import Configuration
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobCore
import JobStore
import Kafka
import Logging
import Platform
import Postgres
import Redis
import Telemetry
import TestSupport

@testable import JobService

/// Everything that a job-service's REST API stands on: a database of its own on a real server, and a Kafka broker.
struct TestPlatform: Sendable {
    static let secret = "a secret of the tests, 32 bytes or more"
    static let adminPassword = "correct horse battery staple"

    let pool: PostgresPool
    let stores: Stores
    let submission: JobSubmission
    let publisher: JobPublisher
    /// Not running: a test that wants to hear of what others end runs it.
    let waits: JobWaits
    let events: JobEvents
    let limits: QueueLimits
    let redis: RedisConnection
    let circuits = Circuits()
    let gates = ReadGates(connections: 4)
    let identity: Identity
    /// Not running: a test that wants to hear of what others revoke runs it.
    let revocations: RevocationWatch
    /// Not running: a test that wants to hear of what others change runs it, or loads it.
    let tenants: TenantDirectory
    private let settings: JobServiceSettings
    let registry = PrometheusRegistry()
    let readiness = Readiness(freshness: .zero)
    let log = LogRecorder()
    private let broker: MockBroker
    private let producer: KafkaProducer
    private let redisRun: Task<Void, any Error>?

    /// One for all tests that keep to a tenant of their own; it lives as long as the process.
    static func shared() async throws -> TestPlatform {
        try await sharedStart.value
    }

    private static let sharedStart = Task { try await TestPlatform(url: await TestServers.shared.database()) }

    /// A platform on an empty database.
    ///
    /// - Parameters:
    ///   - redisURL: Where Redis is; nil for one that is away.
    ///   - maxQueueDepth: The most jobs that may wait in a queue.
    ///   - maxWaitingBytes: The most bytes of jobs that may wait to be stored.
    ///   - waitPeriod: How often all jobs that are waited for are looked at, where that runs.
    ///   - variables: Settings besides those that must be there, as `rate.limit.max` for `RATE_LIMIT_MAX`.
    init(
        url: String,
        redisURL: String? = nil,
        maxQueueDepth: Int = 1_000_000,
        maxWaitingBytes: Int = JobSubmission.maxWaitingBytes,
        waitPeriod: Duration = .seconds(2),
        variables: [String: String] = [:]
    ) async throws {
        let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        var database = try PostgresConfiguration(url: url)
        database.cancellationTimeout = .seconds(1)
        pool = PostgresPool(configuration: database, size: 0...4, logger: quiet)
        try await Schema.upgrade(pool, logger: quiet)
        broker = try MockBroker(logger: quiet)
        let kafka = KafkaConnection(brokers: broker.bootstrapServers)
        producer = try KafkaProducer(configuration: KafkaProducerConfiguration(connection: kafka), logger: quiet)
        settings = try Self.settings(variables)
        let stores = Stores(
            pools: DatabasePools(pool),
            breaker: circuits.postgres,
            limits: UsualLimits(ofTenant: settings.tenantLimits, queueDepth: maxQueueDepth)
        )
        self.stores = stores
        revocations = RevocationWatch(
            store: stores.revocations,
            listener: PostgresListener(configuration: database, channels: [RevocationStore.channel], logger: quiet),
            list: RevocationList(),
            logger: quiet
        )
        let (list, queues) = (revocations.list, QueueRegistry(store: stores.queues))
        let tenants = TenantDirectory(
            usual: settings.tenantLimits,
            read: { try await stores.tenants.special() },
            listener: PostgresListener(configuration: database, channels: [TenantStore.channel], logger: quiet),
            logger: quiet
        ) { closed, _ in
            list.setClosed(closed)
            queues.forget()
        }
        self.tenants = tenants
        waits = JobWaits(
            stores: stores,
            listener: PostgresListener(configuration: database, channels: [JobWaitStore.channel], logger: quiet),
            period: waitPeriod,
            logger: quiet
        )
        events = JobEvents(
            stores: stores,
            waits: waits,
            operations: { [stores] in try await ToldOperation.newest(in: stores.operations) },
            mostOfTenant: { tenants.limit(.eventStreams, of: $0) },
            logger: quiet
        )
        let limits = QueueLimits(usual: maxQueueDepth)
        self.limits = limits
        redis = RedisConnection(
            configuration: try RedisConfiguration(url: redisURL ?? "redis://127.0.0.1:9"),
            logger: quiet
        )
        let guardedRedis = GuardedRedis(redis, breaker: circuits.redis, logger: log.logger())
        redisRun = redisURL == nil ? nil : Task { [redis] in try await redis.run() }
        publisher = JobPublisher(producer: producer, topics: JobTopics(), logger: quiet)
        submission = JobSubmission(
            store: stores.submissions,
            queues: queues,
            publisher: publisher,
            admission: AdmissionControl(limits: limits) {
                tenants.limit($0, of: $1)
            } read: {
                try await stores.levels.read($0)
            },
            budget: JobBudget(settings, redis: guardedRedis, tenants: tenants),
            meters: JobMeters(registry: registry),
            maxWaitingBytes: maxWaitingBytes
        )
        identity = try await Identity(
            settings: settings,
            stores: stores,
            revocations: revocations.list,
            tenants: tenants,
            hasher: Self.hasher,
            redis: guardedRedis
        )
        try await stores.users.ensureAdministrator(
            settings.adminUsername,
            password: settings.adminPassword,
            hasher: identity.hasher
        )
    }

    /// The server, not yet running.
    func service(
        port: Int = 0,
        corsOrigins: [String] = [],
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws -> RESTService {
        var settings = settings
        settings.httpPort = port
        settings.corsOrigins = corsOrigins
        return RESTService(
            settings: settings,
            identity: identity,
            submission: submission,
            answers: AnswerCache(
                redis: GuardedRedis(redis, breaker: circuits.redis, logger: log.logger()),
                lifetime: .seconds(60)
            ),
            stores: stores,
            publisher: publisher,
            events: events,
            gates: gates,
            components: ComponentStates(
                postgres: circuits.postgres,
                redis: GuardedRedis(redis, breaker: circuits.redis, logger: log.logger()),
                publisher: publisher
            ),
            meters: JobMeters(registry: registry),
            registry: registry,
            readiness: readiness,
            logger: log.logger(),
            onListening: onListening
        )
    }

    /// Runs the server on a free port for as long as the body runs.
    ///
    /// - Parameters:
    ///   - setup: How requests reach it: by default one after the other, over a single connection.
    ///   - corsOrigins: The origins whose pages may use it.
    func serve<Result: Sendable>(
        _ setup: TestingSetup = .live,
        corsOrigins: [String] = [],
        _ body: @Sendable (TestAPI) async throws -> Result
    ) async throws -> Result {
        try await service(corsOrigins: corsOrigins).application().test(setup) { client in
            try await body(TestAPI(client: client, platform: self))
        }
    }

    /// Ends what does not end by itself.
    func close() async {
        redisRun?.cancel()
        _ = await redisRun?.result
        await producer.close()
        await pool.close()
    }

    /// Passwords are as cheap here as they can be.
    private static let hasher = PasswordHasher(cost: PasswordHash.Cost(logRounds: 4, passes: 1))

    private static func settings(_ variables: [String: String]) throws -> JobServiceSettings {
        let usual = [
            "database.url": "postgres://localhost/unused", "redis.url": "redis://localhost",
            "kafka.brokers": "localhost:9", "jwt.secret": secret, "queueflow.admin.password": adminPassword,
            "login.limit.max": "0",
        ]
        let pairs = usual.merging(variables) { $1 }.map { name, value in
            (AbsoluteConfigKey(name.split(separator: ".").map(String.init)), ConfigValue(stringLiteral: value))
        }
        let values = Dictionary(uniqueKeysWithValues: pairs)
        return try JobServiceSettings(SettingsReader(provider: InMemoryProvider(values: values)))
    }
}
