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

    init(_ name: String, default defaultValue: String? = nil, _ meaning: String, _ processes: [Process]) {
        self.name = name
        self.defaultValue = defaultValue
        self.meaning = meaning
        self.processes = processes
    }

    package static let databaseURL = Setting(
        "DATABASE_URL",
        "PostgreSQL, as `postgres://user:password@host:port/database`.",
        [.jobService, .scheduler]
    )
    package static let databaseConnections = Setting(
        "DATABASE_CONNECTIONS",
        default: "16",
        "The most connections to PostgreSQL that a process opens, besides a few that listen; at least 8.",
        [.jobService, .scheduler]
    )
    package static let redisURL = Setting(
        "REDIS_URL",
        "Redis, as `redis://:password@host:port/database`.",
        [.jobService]
    )
    package static let kafkaBrokers = Setting(
        "KAFKA_BROKERS",
        "Kafka's bootstrap brokers, as `host:port,host:port`.",
        [.jobService, .worker, .scheduler]
    )
    package static let kafkaProperties = Setting(
        "KAFKA_PROPERTIES",
        default: "(none)",
        "Further librdkafka properties, such as `security.protocol`, as `name=value,name=value`.",
        [.jobService, .worker, .scheduler]
    )
    package static let kafkaPartitions = Setting(
        "KAFKA_PARTITIONS",
        default: "12",
        "How many partitions the topics are made with: as many as there may be workers, so that each gets records.",
        [.jobService, .scheduler]
    )
    package static let kafkaTopicPrefix = Setting(
        "KAFKA_TOPIC_PREFIX",
        default: "queueflow",
        "What the names of the topics and of the workers' consumer groups begin with; the same for all processes of an installation.",
        [.jobService, .worker, .scheduler]
    )
    package static let jwtPrivateKeyFile = Setting(
        "JWT_PRIVATE_KEY_FILE",
        default: "(none)",
        "The Ed25519 key that signs access tokens, in PEM (PKCS #8). This or `JWT_SECRET` must be set.",
        [.jobService]
    )
    package static let jwtPublicKeyFiles = Setting(
        "JWT_PUBLIC_KEY_FILES",
        default: "(none)",
        "Ed25519 public keys in PEM whose tokens are good, too, as `path,path`: for changing the key.",
        [.jobService]
    )
    package static let jwtSecret = Setting(
        "JWT_SECRET",
        default: "(none)",
        "Signs access tokens by HS256 when there is no key file; at least 32 bytes. Never the same on two installations.",
        [.jobService]
    )
    package static let adminUsername = Setting(
        "QUEUEFLOW_ADMIN_USERNAME",
        default: "admin",
        "The first administrator's name.",
        [.jobService]
    )
    package static let adminPassword = Setting(
        "QUEUEFLOW_ADMIN_PASSWORD",
        "The first administrator's password; at least 12 characters. Another one than at the last start is set anew.",
        [.jobService]
    )
    package static let workerToken = Setting(
        "WORKER_TOKEN",
        default: "(none), but must be set for a worker",
        "What workers prove themselves by: a secret of at least 32 bytes that both sides have, which serves the jobs of all tenants, or for a worker an API key of role WORKER, which serves its tenant's.",
        [.jobService, .worker]
    )
    package static let rateLimitMax = Setting(
        "RATE_LIMIT_MAX",
        default: "600000",
        "How many changing requests a principal, or else an address, may make in each window; 0 sets no limit.",
        [.jobService]
    )
    package static let rateLimitWindow = Setting(
        "RATE_LIMIT_WINDOW",
        default: "60s",
        "How long a window is, as `60s`, `15m` or `1h`.",
        [.jobService]
    )
    package static let loginLimitMax = Setting(
        "LOGIN_LIMIT_MAX",
        default: "100",
        "How many logins and refreshes of tokens an address may try in each window; 0 sets no limit.",
        [.jobService]
    )
    package static let trustedProxies = Setting(
        "TRUSTED_PROXIES",
        default: "(none)",
        "Whose `X-Forwarded-For` is believed, as addresses or ranges with commas between them: `10.0.0.0/8,::1`.",
        [.jobService]
    )
    package static let bindAddress = Setting(
        "BIND_ADDRESS",
        default: "127.0.0.1",
        "The address to listen on; `0.0.0.0` in a container.",
        [.jobService, .worker, .scheduler]
    )
    package static let httpMaxConnections = Setting(
        "HTTP_MAX_CONNECTIONS",
        default: "4096",
        "The most connections to the REST API; beyond, the one that has been quiet the longest is closed. Fewer where there are fewer file descriptors.",
        [.jobService]
    )
    package static let httpMaxConnectionsPerAddress = Setting(
        "HTTP_MAX_CONNECTIONS_PER_ADDRESS",
        default: "1024",
        "The most connections of one address (of IPv6, of one /64), unless it is one of `TRUSTED_PROXIES`.",
        [.jobService]
    )
    package static let corsAllowedOrigins = Setting(
        "CORS_ALLOWED_ORIGINS",
        default: "(none)",
        "The origins whose pages may use the REST API from a browser, as `https://host,https://host:port`; `*` means all.",
        [.jobService]
    )
    package static let swaggerUIDirectory = Setting(
        "SWAGGER_UI_DIR",
        default: "(none)",
        "The folder with Swagger UI for `/docs`, as `make swagger-ui` fetches it.",
        [.jobService]
    )
    package static let uPlotDirectory = Setting(
        "UPLOT_DIR",
        default: "(none)",
        "The folder with uPlot, which draws the charts of `/dashboard`, as `make uplot` fetches it.",
        [.jobService]
    )
    package static let dashboardDirectory = Setting(
        "DASHBOARD_DIR",
        default: "(those in the program)",
        "A folder whose pages are served at `/dashboard`, for who works on them: a change is seen without a build.",
        [.jobService]
    )
    package static let httpPort = Setting("HTTP_PORT", default: "8080", "The port of the REST API.", [.jobService])
    package static let grpcPort = Setting(
        "GRPC_PORT",
        default: "50051, worker 50053, scheduler 50052",
        "The port of the gRPC services: the control plane and health.",
        [.jobService, .worker, .scheduler]
    )
    package static let metricsPort = Setting(
        "METRICS_PORT",
        default: "2112, worker 2113, scheduler 2114",
        "The port of `/metrics`, `/healthz` and `/readyz`.",
        [.jobService, .worker, .scheduler]
    )
    package static let controlAddress = Setting(
        "CONTROL_ADDRESS",
        default: "127.0.0.1:50051",
        "Where the job-services' control plane is, as `host:port,host:port`, or as `https://host:port` for TLS, such as the gateway's.",
        [.worker]
    )
    package static let controlCAFile = Setting(
        "CONTROL_CA_FILE",
        default: "(the system's)",
        "The authorities, in PEM, one of which must have signed the certificate of an `https://` in `CONTROL_ADDRESS`.",
        [.worker]
    )
    package static let workerConcurrency = Setting(
        "WORKER_CONCURRENCY",
        default: "64",
        "How many jobs a worker runs at once.",
        [.worker]
    )
    package static let workerQueues = Setting(
        "WORKER_QUEUES",
        default: "(all)",
        "The queues a worker serves, as `queue,queue`.",
        [.worker]
    )
    package static let tenantShare = Setting(
        "TENANT_SHARE",
        default: "80",
        "How many percent of a worker's slots the jobs of one tenant may have when the installation has several; 100 sets no limit.",
        [.worker]
    )
    package static let unhandledTypeTTL = Setting(
        "UNHANDLED_TYPE_TTL",
        default: "24h",
        "How long jobs of a type that no worker has a handler for wait before they are moved to the dead letters.",
        [.scheduler]
    )
    package static let workerName = Setting(
        "WORKER_NAME",
        default: "(host name/process id)",
        "The worker's name, for people.",
        [.worker]
    )
    package static let drainTimeout = Setting(
        "DRAIN_TIMEOUT",
        default: "30",
        "How long, in seconds, running jobs may take to end once the worker was told to.",
        [.worker]
    )
    package static let idempotencyTTL = Setting(
        "IDEMPOTENCY_TTL",
        default: "24h",
        "How long an `Idempotency-Key` is kept, as `24h`, `7d` or `3600s`.",
        [.jobService]
    )
    package static let maxQueueDepth = Setting(
        "MAX_QUEUE_DEPTH",
        default: "1000000",
        "How many jobs may wait in one queue of a tenant: for a worker, for their time or for their next attempt; more are refused with 503.",
        [.jobService, .scheduler]
    )
    package static let tenantMaxQueues = Setting(
        "TENANT_MAX_QUEUES",
        default: "10000",
        "How many queues a tenant may have that has no limit of its own; as for all `TENANT_MAX` limits, 0 allows none. See docs/tenants.md.",
        [.jobService, .scheduler]
    )
    package static let tenantMaxSchedules = Setting(
        "TENANT_MAX_SCHEDULES",
        default: "1000",
        "How many schedules a tenant may have.",
        [.jobService, .scheduler]
    )
    package static let tenantMaxFirings = Setting(
        "TENANT_MAX_FIRINGS",
        default: "6000",
        "How many firings a tenant's schedules may come to in their busiest minute.",
        [.jobService, .scheduler]
    )
    package static let tenantMaxWaitingJobs = Setting(
        "TENANT_MAX_WAITING_JOBS",
        default: "10000000",
        "How many jobs of a tenant may wait: for a worker, for their time or for their next attempt.",
        [.jobService, .scheduler]
    )
    package static let tenantMaxStoredBytes = Setting(
        "TENANT_MAX_STORED_BYTES",
        default: "100000000000",
        "How many bytes of payloads and results a tenant may have on record.",
        [.jobService, .scheduler]
    )
    package static let tenantMaxAPIKeys = Setting(
        "TENANT_MAX_API_KEYS",
        default: "1000",
        "How many good API keys a tenant may have.",
        [.jobService, .scheduler]
    )
    package static let tenantMaxEventStreams = Setting(
        "TENANT_MAX_EVENT_STREAMS",
        default: "256",
        "How many event streams of a tenant may be open at one job-service.",
        [.jobService, .scheduler]
    )
    package static let tenantMaxWorkers = Setting(
        "TENANT_MAX_WORKERS",
        default: "1000",
        "How many workers may have a session by a tenant's credentials.",
        [.jobService, .scheduler]
    )
    package static let tenantMaxJobs = Setting(
        "TENANT_MAX_JOBS",
        default: "6000000",
        "How many jobs a tenant may submit in each `RATE_LIMIT_WINDOW`.",
        [.jobService, .scheduler]
    )
    package static let tenantMaxReads = Setting(
        "TENANT_MAX_READS",
        default: "600000",
        "How much a tenant may read in each `RATE_LIMIT_WINDOW`, by what it costs.",
        [.jobService, .scheduler]
    )
    package static let retentionCompleted = Setting(
        "RETENTION_COMPLETED",
        default: "7d",
        "How long completed and cancelled jobs are kept, as `7d`, `12h` or `3600s`; they go by whole days.",
        [.scheduler]
    )
    package static let retentionDead = Setting(
        "RETENTION_DEAD",
        default: "30d",
        "How long dead letters are kept, as `30d`, `12h` or `3600s`.",
        [.scheduler]
    )
    package static let httpRequestAllow = Setting(
        "HTTP_REQUEST_ALLOW",
        default: "https://*",
        "What jobs of type `http.request` may call, as `scheme://host:port` with commas between them; see below.",
        [.worker]
    )
    package static let execAllow = Setting(
        "EXEC_ALLOW",
        default: "(none)",
        "The absolute paths of the commands that jobs of type `exec` may run; none turns the type off.",
        [.worker]
    )
    package static let execUser = Setting(
        "EXEC_USER",
        default: "(the worker's)",
        "The account that commands of `exec` run as, by name or number; for a worker that runs as root.",
        [.worker]
    )
    package static let timeZoneDirectory = Setting(
        "TZDIR",
        default: TimeZoneDatabase.usualDirectory,
        "The folder with the time zones, as the system's package `tzdata` installs it.",
        [.jobService, .scheduler]
    )
    package static let logLevel = Setting(
        "LOG_LEVEL",
        default: "info",
        "trace, debug, info, notice, warning, error or critical.",
        [.jobService, .worker, .scheduler]
    )

    package static let version = Setting(
        "QUEUEFLOW_VERSION",
        default: "unreleased",
        "Which release this is, for `queueflow_build_info`; images set it.",
        [.jobService, .worker, .scheduler]
    )
    package static let revision = Setting(
        "QUEUEFLOW_REVISION",
        default: "unknown",
        "Which commit this was built from, for `queueflow_build_info`; images set it.",
        [.jobService, .worker, .scheduler]
    )

    /// Every setting, in the order of the documentation.
    public static let all: [Setting] =
        [
            databaseURL, databaseConnections, redisURL, kafkaBrokers, kafkaProperties, kafkaPartitions,
            kafkaTopicPrefix,
            jwtPrivateKeyFile, jwtPublicKeyFiles, jwtSecret, adminUsername, adminPassword, workerToken, rateLimitMax,
            rateLimitWindow, loginLimitMax, trustedProxies, bindAddress, httpPort, httpMaxConnections,
            httpMaxConnectionsPerAddress, corsAllowedOrigins, swaggerUIDirectory, uPlotDirectory, dashboardDirectory,
            grpcPort,
            metricsPort, controlAddress,
            controlCAFile, workerConcurrency, workerQueues,
            tenantShare, workerName, drainTimeout, unhandledTypeTTL, idempotencyTTL, maxQueueDepth, tenantMaxQueues,
            tenantMaxSchedules, tenantMaxFirings, tenantMaxWaitingJobs, tenantMaxStoredBytes, tenantMaxAPIKeys,
            tenantMaxEventStreams, tenantMaxWorkers, tenantMaxJobs, tenantMaxReads, retentionCompleted, retentionDead,
            httpRequestAllow, execAllow, execUser, timeZoneDirectory, logLevel, version, revision,
        ] + ofOpenTelemetry
}
