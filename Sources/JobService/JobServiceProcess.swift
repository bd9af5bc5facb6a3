import GRPC
import JobCore
import Kafka
import Postgres
import Redis
import ServiceLifecycle
import Telemetry

/// The process that takes jobs over REST and serves the workers' control plane.
@main
struct JobServiceProcess {
    static func main() async {
        await ProcessLauncher.run("job-service", settings: { try JobServiceSettings() }, common: \.common) {
            settings,
            instruments in
            let logger = instruments.logger
            var database = try PostgresConfiguration(
                url: settings.database.url,
                applicationName: "queueflow-job-service"
            )
            // A server that does not answer does not answer a cancellation either.
            database.cancellationTimeout = .seconds(1)
            let pool = PostgresPool(configuration: database, size: 4...settings.database.connections, logger: logger)
            try await Schema.upgrade(pool, logger: logger)

            let circuits = Circuits()
            let stores = Stores(pool: pool, breaker: circuits.postgres, keyLifetime: settings.idempotencyTTL)
            let redis = RedisConnection(configuration: try RedisConfiguration(url: settings.redisURL), logger: logger)
            let producer = try KafkaProducer(
                configuration: KafkaProducerConfiguration(connection: settings.common.kafka),
                logger: logger
            )
            let creator = TopicCreator(
                admin: try KafkaAdmin(connection: settings.common.kafka, logger: logger),
                partitions: settings.kafkaPartitions,
                logger: logger
            )
            let publisher = JobPublisher(
                producer: producer,
                topics: creator,
                breaker: circuits.kafka,
                logger: logger
            )
            let deadLetters = DeadLetterPublisher(producer: producer, topics: creator, logger: logger)
            let topics = TopicDirectory(
                store: stores.topics,
                creator: creator,
                listener: PostgresListener(configuration: database, channels: [TopicStore.channel], logger: logger),
                logger: logger
            )

            await instruments.readiness.addCheck("postgres") { _ = try await stores.jobs.counts(of: nil) }
            await circuits.addChecks(to: instruments.readiness)
            let cancellations = CancellationRelay(
                listener: PostgresListener(
                    configuration: database,
                    channels: [CancellationStore.channel],
                    logger: logger
                )
            )
            let control = ControlPlane(
                stores: stores,
                publisher: EndedRunsPublisher(jobs: publisher, deadLetters: deadLetters),
                topics: topics,
                cancellations: cancellations,
                logger: logger
            )
            let grpc = try GRPCServer(
                configuration: GRPCServerConfiguration(
                    host: settings.common.bindAddress,
                    port: settings.common.grpcPort
                ),
                services: [control] + StandardServices.beside([WorkerControl.service]),
                logger: logger
            )
            let rest = RESTService(
                settings: settings,
                submission: JobSubmission(
                    store: stores.submissions,
                    publisher: publisher,
                    admission: AdmissionControl(limit: settings.maxQueueDepth) { try await stores.depths.read($0) }
                ),
                answers: AnswerCache(
                    redis: redis,
                    breaker: circuits.redis,
                    lifetime: settings.idempotencyTTL,
                    logger: logger
                ),
                stores: stores,
                publisher: publisher,
                registry: instruments.registry,
                readiness: instruments.readiness,
                logger: logger
            )
            // They end in reverse order: no more requests, then the workers' sessions, then what both need.
            return [pool, redis, ProducerService(producer: producer), grpc, topics, cancellations, rest]
        }
    }
}
