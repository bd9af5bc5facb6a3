import Formats
import Foundation
import GRPC
import Glibc
import JobCore
import JobStore
import Kafka
import Logging
import Platform
import Postgres
import Redis
import ServiceLifecycle
import Telemetry

/// The process that takes jobs over REST and serves the workers' control plane.
@main
struct JobServiceProcess {
    /// Those of connections to PostgreSQL, Redis and Kafka, of logs, files and threads.
    private static let descriptorsForItself = 512

    static func main() async {
        await ProcessLauncher.run(
            "job-service",
            commands: ["migrate": Migration.run, "migrations": Migration.list],
            settings: { try JobServiceSettings() },
            common: \.common
        ) { settings, instruments in
            let logger = instruments.logger
            var settings = settings
            let descriptors = OpenFileLimit.raise() - Self.descriptorsForItself
            if settings.httpConnections.most > descriptors / 2 {
                settings.httpConnections.most = max(16, descriptors / 2)
                logger.warning(
                    "the limit of open files leaves room for fewer connections than HTTP_MAX_CONNECTIONS",
                    metadata: ["connections": "\(settings.httpConnections.most)"]
                )
            }
            var database = try PostgresConfiguration(
                url: settings.database.url,
                applicationName: "queueflow-job-service"
            )
            // A server that does not answer does not answer a cancellation either.
            database.cancellationTimeout = .seconds(1)
            let statistics = PostgresStatistics()
            database.statistics = statistics
            let pools = try DatabasePools(database, connections: settings.database.connections, logger: logger)
            instruments.registry.collect(
                [
                    "requests": pools.requests, "reading": pools.reading, "exchanges": pools.exchanges,
                    "leases": pools.leases,
                ],
                statistics
            )
            try await Schema.upgrade(pools.requests, logger: logger)

            let circuits = Circuits()
            let stores = Stores(
                pools: pools,
                breaker: circuits.postgres,
                keyLifetime: settings.idempotencyTTL,
                limits: UsualLimits(ofTenant: settings.tenantLimits, queueDepth: settings.maxQueueDepth)
            )
            let redis = RedisConnection(configuration: try RedisConfiguration(url: settings.redisURL), logger: logger)
            let guardedRedis = GuardedRedis(redis, breaker: circuits.redis, logger: logger)
            func listener(_ channel: String) -> PostgresListener {
                PostgresListener(configuration: database, channels: [channel], logger: logger)
            }
            let revocations = RevocationWatch(
                store: stores.revocations,
                listener: listener(RevocationStore.channel),
                list: RevocationList(),
                logger: logger
            )
            try await revocations.load()
            let registry = QueueRegistry(store: stores.queues)
            let sessions = WorkerSessions()
            let tenants = TenantDirectory(
                usual: settings.tenantLimits,
                read: { try await stores.tenants.special() },
                listener: listener(TenantStore.channel),
                logger: logger
            ) { closed, opened in
                revocations.list.setClosed(closed)
                registry.forget()
                for tenant in opened { await sessions.tellOfBacklogs(of: tenant, in: nil, stores.backlogs) }
            }
            try await tenants.load()
            let hasher = PasswordHasher()
            let identity = try await Identity(
                settings: settings,
                stores: stores,
                revocations: revocations.list,
                tenants: tenants,
                hasher: hasher,
                redis: guardedRedis
            )
            try await stores.users.ensureAdministrator(
                settings.adminUsername,
                password: settings.adminPassword,
                hasher: hasher
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
            let meters = JobMeters(registry: instruments.registry, timesJobs: true)
            let deadLetters = DeadLetterPublisher(producer: producer, topics: topics, meters: meters, logger: logger)
            instruments.registry.gauge(.queueDepthLimitDefault).set(settings.maxQueueDepth)
            let limits = QueueLimits(usual: settings.maxQueueDepth)
            let waits = JobWaits(stores: stores, listener: listener(JobWaitStore.channel), logger: logger)
            let events = JobEvents(
                stores: stores,
                waits: waits,
                carrier: EventCarrier(
                    store: stores.changes,
                    listeners: listener(ChangeStore.listeners),
                    changes: listener(ChangeStore.changes),
                    logger: logger
                ),
                operations: { try await ToldOperation.newest(in: stores.operations) },
                mostOfTenant: { tenants.limit(.eventStreams, of: $0) },
                logger: logger
            )

            await instruments.readiness.addCheck("postgres") { _ = try await stores.jobs.counts(of: nil) }
            await instruments.readiness.addCheck("kafka", isVital: false) { try publisher.checkDeliveries() }
            await circuits.addChecks(to: instruments.readiness)
            let relay = HintRelay(
                sessions: sessions,
                store: stores.backlogs,
                listener: listener(BacklogStore.channel),
                logger: logger
            )
            let queues = QueueDirectory(
                stores: stores,
                limits: limits,
                sessions: sessions,
                listener: listener(QueueStore.channel),
                logger: logger,
                changed: { registry.forget() }
            )
            let words = WorkerRelay(
                listener: PostgresListener(configuration: database, channels: WorkerRelay.channels, logger: logger),
                sessions: sessions
            )
            let submission = JobSubmission(
                store: stores.submissions,
                queues: registry,
                publisher: publisher,
                admission: AdmissionControl(limits: limits) {
                    tenants.limit($0, of: $1)
                } read: {
                    try await stores.levels.read($0)
                },
                budget: JobBudget(settings, redis: guardedRedis, tenants: tenants),
                meters: meters
            )
            let waitKeeper = WaitKeeper(store: stores.minutes, logger: logger)
            let control = ControlPlane(
                stores: stores,
                publisher: EndedRunsPublisher(jobs: publisher, deadLetters: deadLetters, meters: meters),
                sessions: sessions,
                relay: relay,
                revocations: revocations.list,
                events: events,
                submission: submission,
                meters: meters,
                waits: waitKeeper,
                logger: logger
            )
            var server = GRPCServerConfiguration(
                host: settings.common.bindAddress,
                port: settings.common.grpcPort
            )
            server.proxies = settings.trustedProxies
            server.maxConnections = min(server.maxConnections, max(16, descriptors / 2))
            let grpc = try GRPCServer(
                configuration: server,
                services: [control] + StandardServices.beside([WorkerControl.service]),
                interceptors: [
                    MetricsInterceptor(prefix: "queueflow_"),
                    ControlPlane.authentication(identity.authentication, logger: logger),
                ],
                logger: logger
            )
            let rest = RESTService(
                settings: settings,
                identity: identity,
                submission: submission,
                answers: AnswerCache(redis: guardedRedis, lifetime: settings.idempotencyTTL),
                stores: stores,
                publisher: publisher,
                events: events,
                gates: ReadGates(connections: pools.reading.size),
                components: ComponentStates(postgres: circuits.postgres, redis: guardedRedis, publisher: publisher),
                meters: meters,
                registry: instruments.registry,
                readiness: instruments.readiness,
                logger: logger
            )
            let connections = rest.connections
            instruments.registry.collect([.workerSessions, .httpConnections, .eventStreams]) {
                [
                    MetricDescription.workerSessions.sample(sessions.count),
                    MetricDescription.httpConnections.sample(connections.count),
                    MetricDescription.eventStreams.sample(events.listenerCount),
                ]
            }
            // They end in reverse order: no more requests, then the workers' sessions, then what both need.
            return pools.all + [
                waitKeeper, redis, ProducerService(publisher: publisher), creator, revocations, tenants, grpc, relay,
                queues,
                words,
                waits, events, rest,
            ]
        }
    }
}

/// `job-service migrate`: brings the database up to date, and is done; `job-service migrations` tells what that would be. They need no
/// setting but the database's.
///
/// The processes do the same when they start; this is for installations where their account may not change tables, or where that is to happen
/// before the first of them is replaced.
private enum Migration {
    @Sendable static func run() async -> Never {
        await once { pool, logger in
            try await Schema.upgrade(pool, logger: logger)
            logger.info("the database is up to date")
        }
    }

    /// Prints each migration as a JSON object on a line: its version and name, whether it is applied, and whether this program knows it.
    @Sendable static func list() async -> Never {
        await once { pool, _ in
            let migrator = try Schema.migrator()
            var writer = JSONWriter()
            for migration in try await pool.withConnection({ try await migrator.standings($0) }) {
                writer.object { writer in
                    writer.member("version", migration.version)
                    writer.member("name", migration.name)
                    writer.member("applied", migration.isApplied)
                    writer.member("known", migration.isKnown)
                }
                writer.newline()
            }
            try FileHandle.standardOutput.write(contentsOf: Data(writer.bytes))
        }
    }

    private static func once(_ body: @Sendable (PostgresPool, Logger) async throws -> Void) async -> Never {
        await ProcessLauncher.runOnce(
            "migrate",
            settings: {
                var reader = SettingsReader.environment()
                let settings = (settings: DatabaseSettings(&reader), logLevel: reader.logLevel())
                try reader.finish()
                return settings
            }
        ) { settings, logger in
            let database = try PostgresConfiguration(url: settings.url, applicationName: "queueflow-migrate")
            try await body(PostgresPool(configuration: database, size: 1...1, logger: logger), logger)
        }
    }
}

/// The circuit breakers of a job-service.
struct Circuits: Sendable {
    /// Round what clients wait for: submissions and reading.
    let postgres = CircuitBreaker("postgres")
    /// Round the answers kept for repeated requests.
    let redis = CircuitBreaker("redis")

    /// Reports on them. Without Redis jobs are still taken, so that it only warns.
    func addChecks(to readiness: Readiness) async {
        await readiness.addCheck("postgres circuit") { try postgres.check() }
        await readiness.addCheck("redis circuit", isVital: false) { try redis.check() }
    }
}

/// How many files and connections the process may have open.
private enum OpenFileLimit {
    /// Raises it as far as the process may, and says how far that is. The soft limit is kept low by many systems for the sake of programs
    /// that use `select`, which none of ours is.
    static func raise() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 1_024 }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        if setrlimit(resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }
}
