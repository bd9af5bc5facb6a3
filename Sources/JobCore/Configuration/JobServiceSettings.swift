/// What a job-service is told.
public struct JobServiceSettings: Sendable {
    /// What all processes are told.
    public var common: CommonSettings
    /// How PostgreSQL is reached.
    public var database: DatabaseSettings
    /// How Redis is reached.
    public var redisURL: String
    /// How many partitions a new topic gets.
    public var kafkaPartitions: Int
    /// The port of the REST API.
    public var httpPort: Int
    /// What signs access tokens.
    public var jwtSecret: String
    /// The first administrator's name.
    public var adminUsername: String
    /// The first administrator's password.
    public var adminPassword: String
    /// How long idempotency keys are kept.
    public var idempotencyTTL: Duration
    /// The most jobs that may wait in one queue of a tenant.
    public var maxQueueDepth: Int

    /// Reads them.
    ///
    /// - Throws: ``InvalidSettings`` naming every variable that is missing or wrong.
    public init(_ reader: SettingsReader = .environment()) throws(InvalidSettings) {
        var reader = reader
        common = CommonSettings(&reader, grpcPort: 50_051, metricsPort: 2_112)
        database = DatabaseSettings(&reader)
        redisURL = reader.required(.redisURL, expected: "redis://:password@host:port/database") {
            $0.hasPrefix("redis://") || $0.hasPrefix("rediss://")
        }
        kafkaPartitions = reader.integer(.kafkaPartitions, default: 4, in: 1...1_000)
        httpPort = reader.port(.httpPort, default: 8_080)
        jwtSecret = reader.required(.jwtSecret, expected: "a secret of at least 32 bytes") { $0.utf8.count >= 32 }
        adminUsername = reader.optional(.adminUsername, default: "admin", expected: "a name") { $0 }
        adminPassword = reader.required(.adminPassword, expected: "a password of at least 12 characters") {
            $0.count >= 12
        }
        idempotencyTTL = reader.duration(
            .idempotencyTTL,
            default: .seconds(86_400),
            in: .seconds(60)...(.seconds(30 * 86_400))
        )
        maxQueueDepth = reader.integer(.maxQueueDepth, default: 1_000_000, in: 1...1_000_000_000)
        try reader.finish()
    }
}
