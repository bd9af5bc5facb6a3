/// One environment variable that configures the processes. The table in `docs/configuration.md` says the same, and a
/// test holds the two against each other.
public struct Setting: Hashable, Sendable {
    /// A process that reads settings.
    public enum Process: String, CaseIterable, Hashable, Sendable {
        case jobService = "job-service"
        case worker
        case scheduler
    }

    /// The variable's name.
    public let name: String
    /// What holds when it is not set; nil when it must be set.
    public let defaultValue: String?
    /// What it is, in one sentence.
    public let meaning: String
    /// Who reads it.
    public let processes: [Process]

    private init(_ name: String, default defaultValue: String? = nil, _ meaning: String, _ processes: [Process]) {
        self.name = name
        self.defaultValue = defaultValue
        self.meaning = meaning
        self.processes = processes
    }

    static let databaseURL = Setting(
        "DATABASE_URL",
        "PostgreSQL, as `postgres://user:password@host:port/database`.",
        [.jobService, .scheduler]
    )
    static let databaseConnections = Setting(
        "DATABASE_CONNECTIONS",
        default: "10",
        "The most connections to PostgreSQL that a process opens.",
        [.jobService, .scheduler]
    )
    static let redisURL = Setting("REDIS_URL", "Redis, as `redis://:password@host:port/database`.", [.jobService])
    static let kafkaBrokers = Setting(
        "KAFKA_BROKERS",
        "Kafka's bootstrap brokers, as `host:port,host:port`.",
        [.jobService, .worker, .scheduler]
    )
    static let kafkaProperties = Setting(
        "KAFKA_PROPERTIES",
        default: "(none)",
        "Further librdkafka properties, such as `security.protocol`, as `name=value,name=value`.",
        [.jobService, .worker, .scheduler]
    )
    static let kafkaPartitions = Setting(
        "KAFKA_PARTITIONS",
        default: "4",
        "How many partitions a new topic gets.",
        [.jobService, .scheduler]
    )
    static let jwtSecret = Setting(
        "JWT_SECRET",
        "Signs access tokens; at least 32 bytes. Never the same on two installations.",
        [.jobService]
    )
    static let adminUsername = Setting(
        "QUEUEFLOW_ADMIN_USERNAME",
        default: "admin",
        "The first administrator's name.",
        [.jobService]
    )
    static let adminPassword = Setting(
        "QUEUEFLOW_ADMIN_PASSWORD",
        "The first administrator's password; at least 12 characters.",
        [.jobService]
    )
    static let bindAddress = Setting(
        "BIND_ADDRESS",
        default: "127.0.0.1",
        "The address to listen on; `0.0.0.0` in a container.",
        [.jobService, .worker, .scheduler]
    )
    static let httpPort = Setting("HTTP_PORT", default: "8080", "The port of the REST API.", [.jobService])
    static let grpcPort = Setting(
        "GRPC_PORT",
        default: "50051, worker 50053, scheduler 50052",
        "The port of the gRPC services: the control plane and health.",
        [.jobService, .worker, .scheduler]
    )
    static let metricsPort = Setting(
        "METRICS_PORT",
        default: "2112, worker 2113, scheduler 2114",
        "The port of `/metrics`, `/healthz` and `/readyz`.",
        [.jobService, .worker, .scheduler]
    )
    static let controlAddress = Setting(
        "CONTROL_ADDRESS",
        default: "127.0.0.1:50051",
        "Where the job-services' control plane is, as `host:port,host:port`.",
        [.worker]
    )
    static let workerConcurrency = Setting(
        "WORKER_CONCURRENCY",
        default: "64",
        "How many jobs a worker runs at once.",
        [.worker]
    )
    static let workerQueues = Setting(
        "WORKER_QUEUES",
        default: "(all)",
        "The queues a worker serves, as `queue,queue`.",
        [.worker]
    )
    static let workerName = Setting(
        "WORKER_NAME",
        default: "(host name/process id)",
        "The worker's name, for people.",
        [.worker]
    )
    static let drainTimeout = Setting(
        "DRAIN_TIMEOUT",
        default: "30",
        "How long, in seconds, running jobs may take to end once the worker was told to.",
        [.worker]
    )
    static let idempotencyTTL = Setting(
        "IDEMPOTENCY_TTL",
        default: "24h",
        "How long an `Idempotency-Key` is kept, as `24h`, `7d` or `3600s`.",
        [.jobService]
    )
    static let maxQueueDepth = Setting(
        "MAX_QUEUE_DEPTH",
        default: "1000000",
        "How many jobs may wait for a worker in one queue of a tenant; more are refused with 503.",
        [.jobService]
    )
    static let retentionCompleted = Setting(
        "RETENTION_COMPLETED",
        default: "7d",
        "How long completed and cancelled jobs are kept, as `7d`, `12h` or `3600s`; they go by whole days.",
        [.scheduler]
    )
    static let retentionDead = Setting(
        "RETENTION_DEAD",
        default: "30d",
        "How long dead letters are kept, as `30d`, `12h` or `3600s`.",
        [.scheduler]
    )
    static let httpRequestAllow = Setting(
        "HTTP_REQUEST_ALLOW",
        default: "https://*",
        "What jobs of type `http.request` may call, as `scheme://host:port` with commas between them; see below.",
        [.worker]
    )
    static let execAllow = Setting(
        "EXEC_ALLOW",
        default: "(none)",
        "The absolute paths of the commands that jobs of type `exec` may run; none turns the type off.",
        [.worker]
    )
    static let logLevel = Setting(
        "LOG_LEVEL",
        default: "info",
        "trace, debug, info, notice, warning, error or critical.",
        [.jobService, .worker, .scheduler]
    )

    /// Every setting, in the order of the documentation.
    public static let all: [Setting] = [
        databaseURL, databaseConnections, redisURL, kafkaBrokers, kafkaProperties, kafkaPartitions, jwtSecret,
        adminUsername,
        adminPassword, bindAddress, httpPort, grpcPort, metricsPort, controlAddress, workerConcurrency, workerQueues,
        workerName,
        drainTimeout, idempotencyTTL, maxQueueDepth, retentionCompleted, retentionDead, httpRequestAllow, execAllow,
        logLevel,
    ]
}
