import Configuration
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobCore
import Kafka
import Logging
import Postgres
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
    let registry = PrometheusRegistry()
    let readiness = Readiness(freshness: .zero)
    let log = LogRecorder()
    private let broker: MockBroker
    private let producer: KafkaProducer

    /// One for all tests that keep to a tenant of their own; it lives as long as the process.
    static func shared() async throws -> TestPlatform {
        try await sharedStart.value
    }

    private static let sharedStart = Task { try await TestPlatform(url: await TestServers.shared.database()) }

    /// A platform on an empty database.
    init(url: String) async throws {
        let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        pool = PostgresPool(configuration: try PostgresConfiguration(url: url), size: 0...4, logger: quiet)
        try await Schema.upgrade(pool, logger: quiet)
        broker = try MockBroker(logger: quiet)
        let kafka = KafkaConnection(brokers: broker.bootstrapServers)
        producer = try KafkaProducer(configuration: KafkaProducerConfiguration(connection: kafka), logger: quiet)
        stores = Stores(pool: pool)
        let topics = TopicCreator(admin: try KafkaAdmin(connection: kafka, logger: quiet), partitions: 1, logger: quiet)
        submission = JobSubmission(
            store: stores.submissions,
            publisher: JobPublisher(producer: producer, topics: topics, logger: quiet)
        )
    }

    /// The server, not yet running.
    func service(
        port: Int = 0,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws -> RESTService {
        RESTService(
            settings: try Self.settings(port: port),
            submission: submission,
            jobs: stores.jobs,
            registry: registry,
            readiness: readiness,
            logger: log.logger(),
            onListening: onListening
        )
    }

    /// Runs the server on a free port for as long as the body runs.
    func serve<Result: Sendable>(_ body: @Sendable (TestAPI) async throws -> Result) async throws -> Result {
        try await service().application().test(.live) { client in
            try await body(TestAPI(client: client, platform: self))
        }
    }

    /// Ends what does not end by itself.
    func close() async {
        await producer.close()
        await pool.close()
    }

    private static func settings(port: Int) throws -> JobServiceSettings {
        let values: [AbsoluteConfigKey: ConfigValue] = [
            "database.url": "postgres://localhost/unused", "redis.url": "redis://localhost",
            "kafka.brokers": "localhost:9",
            "jwt.secret": ConfigValue(stringLiteral: secret), "http.port": ConfigValue(stringLiteral: "\(port)"),
            "queueflow.admin.password": ConfigValue(stringLiteral: adminPassword),
        ]
        return try JobServiceSettings(SettingsReader(provider: InMemoryProvider(values: values)))
    }
}
