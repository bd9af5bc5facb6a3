import GRPC
import JobCore
import Kafka
import Postgres
import ServiceLifecycle
import Telemetry

/// The process that looks after time: due jobs, schedules, expired leases, lost records, the history's partitions.
@main
struct SchedulerProcess {
    static func main() async {
        await ProcessLauncher.run("scheduler", settings: { try SchedulerSettings() }, common: \.common) {
            settings,
            instruments in
            let logger = instruments.logger
            let database = try PostgresConfiguration(url: settings.database.url, applicationName: "queueflow-scheduler")
            let pool = PostgresPool(configuration: database, size: 2...settings.database.connections, logger: logger)
            try await Schema.upgrade(pool, logger: logger)

            let stores = Stores(pool: pool)
            let producer = try KafkaProducer(
                configuration: KafkaProducerConfiguration(connection: settings.common.kafka),
                logger: logger
            )
            let topics = TopicCreator(
                admin: try KafkaAdmin(connection: settings.common.kafka, logger: logger),
                partitions: settings.kafkaPartitions,
                logger: logger
            )
            let publisher = JobPublisher(producer: producer, topics: topics, logger: logger)

            func listener(_ channel: String) -> PostgresListener {
                PostgresListener(configuration: database, channels: [channel], logger: logger)
            }
            let timedDuties = [
                TimedDuty.dueJobs(
                    timers: stores.timers,
                    publisher: publisher,
                    listener: listener(TimerStore.channel),
                    logger: logger
                ),
                TimedDuty.dueSchedules(
                    schedules: stores.schedules,
                    publisher: publisher,
                    listener: listener(ScheduleStore.channel),
                    logger: logger
                ),
            ]
            let duties = Duties(
                stores: stores,
                settings: settings,
                publisher: publisher,
                endedRuns: EndedRunsPublisher(
                    jobs: publisher,
                    deadLetters: DeadLetterPublisher(producer: producer, topics: topics, logger: logger)
                ),
                topics: topics,
                producer: producer,
                logger: logger
            ).all
            for duty in timedDuties {
                await instruments.readiness.addCheck(duty.name) { try duty.health.check() }
            }
            for duty in duties where duty.isVital {
                await instruments.readiness.addCheck(duty.name) { try duty.health.check() }
            }
            let server = try GRPCServer(
                configuration: GRPCServerConfiguration(
                    host: settings.common.bindAddress,
                    port: settings.common.grpcPort
                ),
                services: StandardServices.beside(),
                logger: logger
            )
            return [pool, ProducerService(producer: producer), server] + timedDuties + duties
        }
    }
}
