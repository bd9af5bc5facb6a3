public import Concurrency
public import JobCore
public import Platform

/// What a job-service is told.
public struct JobServiceSettings: Sendable {
    /// What all processes are told.
    public var common: CommonSettings
    /// How PostgreSQL is reached.
    public var database: DatabaseSettings
    /// How Redis is reached.
    public var redisURL: String
    /// How many partitions the topics are made with.
    public var kafkaPartitions: Int
    /// The port of the REST API.
    public var httpPort: Int
    /// The most connections to the REST API, in all and of one address.
    public var httpConnections: (most: Int, perAddress: Int)
    /// The origins whose pages may use the REST API from a browser.
    public var corsOrigins: [String]
    /// The folder with Swagger UI; nil when there is none.
    public var swaggerUIDirectory: String?
    /// The folder with uPlot; nil when there is none.
    public var uPlotDirectory: String?
    /// The folder whose pages are the dashboard; nil for those in the executable.
    public var dashboardDirectory: String?
    /// The file of the key that signs access tokens; nil when a secret does.
    public var jwtPrivateKeyFile: String?
    /// The files of keys whose tokens are good, too.
    public var jwtPublicKeyFiles: [String]
    /// What signs access tokens when there is no key file.
    public var jwtSecret: String?
    /// The first administrator's name.
    public var adminUsername: Username
    /// The first administrator's password.
    public var adminPassword: String
    /// What workers prove themselves by, besides API keys; nil for API keys alone.
    public var workerToken: String?
    /// How long the windows are in which requests, jobs and reads are counted.
    public var rateWindow: Duration
    /// How many changing requests are admitted; nil for any number.
    public var rateLimit: RateRule?
    /// How many attempts to log in are admitted from an address; nil for any number.
    public var loginLimit: RateRule?
    /// Whose word on a client's address is believed.
    public var trustedProxies: [IPNetwork]
    /// How long idempotency keys are kept.
    public var idempotencyTTL: Duration
    /// The most jobs that may wait in one queue of a tenant.
    public var maxQueueDepth: Int
    /// What a tenant without limits of its own may have.
    public var tenantLimits: TenantLimits

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
        kafkaPartitions = reader.integer(.kafkaPartitions, default: 12, in: 1...1_000)
        httpPort = reader.port(.httpPort, default: 8_080)
        httpConnections = (
            reader.integer(.httpMaxConnections, default: 4_096, in: 16...1_000_000),
            reader.integer(.httpMaxConnectionsPerAddress, default: 1_024, in: 1...1_000_000)
        )
        corsOrigins = reader.list(.corsAllowedOrigins, default: [], expected: "origins with commas between them")
        for origin in corsOrigins where !Self.isOrigin(origin) {
            reader.refuse(
                .corsAllowedOrigins,
                because: "'\(origin)' is no origin; expected * or scheme://host or scheme://host:port, without a path"
            )
        }
        swaggerUIDirectory = reader.optional(.swaggerUIDirectory, default: nil, expected: "a folder") { $0 }
        uPlotDirectory = reader.optional(.uPlotDirectory, default: nil, expected: "a folder") { $0 }
        dashboardDirectory = reader.optional(.dashboardDirectory, default: nil, expected: "a folder") { $0 }
        jwtPrivateKeyFile = reader.optional(.jwtPrivateKeyFile, default: nil, expected: "a path") { $0 }
        jwtPublicKeyFiles = reader.list(.jwtPublicKeyFiles, default: [], expected: "path,path")
        jwtSecret = reader.secret(.jwtSecret, weakness: SecretRule.weakness(ofKey:))
        if jwtPrivateKeyFile == nil, jwtSecret == nil {
            reader.refuse(
                .jwtSecret,
                because: "not set; expected a secret of at least 32 bytes, or JWT_PRIVATE_KEY_FILE"
            )
        }
        adminUsername = reader.optional(
            .adminUsername,
            default: Username(validated: "admin"),
            expected: "\(InvalidName(kind: Username.kind, maxLength: Username.maxLength, allowsDots: true))"
        ) { try? Username($0) }
        let adminPassword = reader.secret(.adminPassword, weakness: SecretRule.weakness(ofPassword:))
        if adminPassword == nil {
            reader.refuse(.adminPassword, because: "not set; expected a password of at least 12 characters")
        }
        self.adminPassword = adminPassword ?? ""
        workerToken = reader.secret(.workerToken, weakness: SecretRule.weakness(ofKey:))
        rateWindow = reader.duration(.rateLimitWindow, default: .seconds(60), in: .seconds(1)...(.seconds(86_400)))
        let limits = 0...1_000_000_000
        rateLimit =
            RateRule(limit: reader.integer(.rateLimitMax, default: 600_000, in: limits), window: rateWindow).unlessZero
        loginLimit =
            RateRule(limit: reader.integer(.loginLimitMax, default: 100, in: limits), window: rateWindow).unlessZero
        trustedProxies = reader.list(.trustedProxies, default: [], expected: "address,address").compactMap { text in
            let network = IPNetwork(text)
            if network == nil {
                reader.refuse(.trustedProxies, because: "'\(text)' is neither an address nor a range of them")
            }
            return network
        }
        idempotencyTTL = reader.duration(
            .idempotencyTTL,
            default: .seconds(86_400),
            in: .seconds(60)...(.seconds(30 * 86_400))
        )
        maxQueueDepth = reader.integer(.maxQueueDepth, default: 1_000_000, in: 1...1_000_000_000)
        tenantLimits = TenantLimits(&reader)
        reader.checkTimeZones()
        try reader.finish()
    }

    /// An origin as browsers write it (RFC 6454, section 6.2): scheme and authority and nothing more.
    private static func isOrigin(_ text: String) -> Bool {
        guard text != "*" else { return true }
        let parts = text.split(separator: "://", maxSplits: 1)
        return parts.count == 2 && ["http", "https"].contains(parts[0]) && !parts[1].contains { "/?#@ ".contains($0) }
    }
}

extension RateRule {
    /// The rule; nil when it admits nothing, which stands for no rule.
    fileprivate var unlessZero: RateRule? { limit == 0 ? nil : self }
}
