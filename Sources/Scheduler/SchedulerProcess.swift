import GRPC
import JobStore
import Kafka
import Platform
import Postgres
import ServiceLifecycle
import Telemetry

/// The process that looks after time: due jobs, schedules, expired leases, what waits too long, the history's partitions.
@main
struct SchedulerProcess {
    static func main() async {
        await ProcessLauncher.run("scheduler", commands: [:], settings: { try SchedulerSettings() }, common: \.common) {
            settings,
            instruments in
            let logger = instruments.logger
            var database = try PostgresConfiguration(url: settings.database.url, applicationName: "queueflow-scheduler")
            let listening = database
            let statistics = PostgresStatistics()
            database.statistics = statistics
            database.sessionSettings = DatabasePools.plannedByKey
            let pool = PostgresPool(configuration: database, size: 2...settings.database.connections, logger: logger)
            instruments.registry.collect(["all": pool], statistics)
            try await Schema.upgrade(pool, logger: logger)

            let stores = Stores(
                pools: DatabasePools(pool),
                limits: UsualLimits(ofTenant: settings.tenantLimits, queueDepth: settings.maxQueueDepth)
            )
            let producer = try JobPublisher.producer(settings.common.kafka, logger: logger)
            let topics = settings.common.topics
            let creator = TopicCreator(
                admin: try KafkaAdmin(connection: settings.common.kafka, logger: logger),
                topics: topics,
                partitions: settings.kafkaPartitions,
                logger: logger
            )
            let publisher = JobPublisher(producer: producer, topics: topics, logger: logger)
            let meters = JobMeters(registry: instruments.registry)
            let deadLetters = DeadLetterPublisher(producer: producer, topics: topics, meters: meters, logger: logger)
            let figures = FigureKeeper(configuration: listening, registry: instruments.registry, logger: logger)

            func listener(_ channel: String) -> PostgresListener {
                PostgresListener(configuration: listening, channels: [channel], logger: logger)
            }
            let changes = ChangeTeller(
                store: stores.changes,
                listener: listener(ChangeStore.listeners),
                logger: logger
            )
            let timedDuties = [
                TimedDuty.dueJobs(
                    timers: stores.timers,
                    publisher: publisher,
                    changes: changes,
                    listener: listener(TimerStore.channel),
                    logger: logger
                ),
                TimedDuty.dueSchedules(
                    schedules: stores.schedules,
                    publisher: publisher,
                    changes: changes,
                    listener: listener(ScheduleStore.channel),
                    meters: meters,
                    logger: logger
                ),
                TimedDuty.operations(
                    operations: stores.operations,
                    publisher: publisher,
                    changes: changes,
                    listener: listener(BulkOperationStore.channel),
                    meters: meters,
                    logger: logger
                ),
            ]
            let duties = Duties(
                stores: stores,
                settings: settings,
                endedRuns: EndedRunsPublisher(jobs: publisher, deadLetters: deadLetters, meters: meters),
                deadLetters: deadLetters,
                changes: changes,
                meters: meters,
                logger: logger
            ).all
            await instruments.readiness.addCheck("kafka", isVital: false) { try publisher.checkDeliveries() }
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
                interceptors: [MetricsInterceptor(prefix: "queueflow_")],
                logger: logger
            )
            return [
                pool, ProducerService(publisher: publisher), creator, server, figures, ChangeTelling(teller: changes),
            ] + timedDuties + duties
        }
    }
}

/// Tells job-services which jobs this process changed, for as long as it runs.
private struct ChangeTelling: Service {
    let teller: ChangeTeller

    func run() async throws {
        await cancelWhenGracefulShutdown { [teller] in await teller.run() }
    }
}
