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
            let database = try PostgresConfiguration(
                url: settings.database.url,
                applicationName: "queueflow-job-service"
            )
            let pool = PostgresPool(configuration: database, size: 4...settings.database.connections, logger: logger)
            try await Schema.upgrade(pool, logger: logger)

            let stores = Stores(pool: pool)
            let producer = try KafkaProducer(
                configuration: KafkaProducerConfiguration(connection: settings.common.kafka),
                logger: logger
            )
            let creator = TopicCreator(
                admin: try KafkaAdmin(connection: settings.common.kafka, logger: logger),
                partitions: settings.kafkaPartitions,
                logger: logger
            )
            let publisher = JobPublisher(producer: producer, topics: creator, logger: logger)
            let topics = TopicDirectory(
                store: stores.topics,
                creator: creator,
                listener: PostgresListener(configuration: database, channels: [TopicStore.channel], logger: logger),
                logger: logger
            )

            await instruments.readiness.addCheck("postgres") { _ = try await stores.jobs.counts(of: nil) }
            let control = ControlPlane(stores: stores, publisher: publisher, topics: topics, logger: logger)
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
                submission: JobSubmission(store: stores.submissions, publisher: publisher),
                jobs: stores.jobs,
                registry: instruments.registry,
                readiness: instruments.readiness,
                logger: logger
            )
            // They end in reverse order: no more requests, then the workers' sessions, then what both need.
            return [pool, ProducerService(producer: producer), grpc, topics, rest]
        }
    }
}
