public import JobCore
public import Kafka
public import Logging
public import OTLP

/// What all processes are told.
public struct CommonSettings: Sendable {
    /// The address to listen on.
    public var bindAddress: String
    /// The port of the gRPC services.
    public var grpcPort: Int
    /// The port of metrics and health.
    public var metricsPort: Int
    /// How to reach Kafka.
    public var kafka: KafkaConnection
    /// The topics of records.
    public var topics: JobTopics
    /// What is logged.
    public var logLevel: Logger.Level
    /// Which release this is, and which commit it was built from.
    public var build: (version: String, revision: String)
    /// What becomes of spans.
    public var tracing: TracingConfiguration

    package init(_ reader: inout SettingsReader, grpcPort: Int, metricsPort: Int) {
        bindAddress = reader.optional(.bindAddress, default: "127.0.0.1", expected: "an address") { $0 }
        self.grpcPort = reader.port(.grpcPort, default: grpcPort)
        self.metricsPort = reader.port(.metricsPort, default: metricsPort)
        kafka = KafkaConnection(
            brokers: reader.required(.kafkaBrokers, expected: "host:port,host:port") { $0.contains(":") },
            additional: reader.pairs(.kafkaProperties, expected: "name=value,name=value")
        )
        topics = reader.optional(
            .kafkaTopicPrefix,
            default: JobTopics(),
            expected: "1 to 200 letters, digits, '.', '_' or '-'"
        ) { JobTopics(prefix: $0) }
        build = (
            reader.optional(.version, default: "unreleased", expected: "a version") { $0 },
            reader.optional(.revision, default: "unknown", expected: "a commit") { $0 }
        )
        logLevel = reader.logLevel()
        tracing = TracingConfiguration(&reader)
    }
}

extension SettingsReader {
    /// What is logged.
    package mutating func logLevel() -> Logger.Level {
        let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        return optional(.logLevel, default: .info, expected: levels) { Logger.Level(rawValue: $0.lowercased()) }
    }

    /// Checks that there are time zones, as schedules need them, before one is asked for.
    package mutating func checkTimeZones() {
        let directory = optional(.timeZoneDirectory, default: TimeZoneDatabase.usualDirectory, expected: "a folder") {
            $0
        }
        do {
            try TimeZoneDatabase(directory: directory).check()
        } catch {
            refuse(.timeZoneDirectory, because: "\(error)")
        }
    }
}

/// How PostgreSQL is reached.
public struct DatabaseSettings: Sendable {
    /// The server, the account and the database.
    public var url: String
    /// The most connections to open.
    public var connections: Int

    package init(_ reader: inout SettingsReader) {
        url = reader.required(.databaseURL, expected: "postgres://user:password@host:port/database") {
            $0.hasPrefix("postgres://") || $0.hasPrefix("postgresql://")
        }
        connections = reader.integer(.databaseConnections, default: 16, in: 8...1_000)
    }
}

extension TenantLimits {
    /// The limits of tenants that have none of their own.
    package init(_ reader: inout SettingsReader) {
        let settings: [(TenantLimit, Setting)] = [
            (.queues, .tenantMaxQueues), (.schedules, .tenantMaxSchedules), (.firings, .tenantMaxFirings),
            (.waitingJobs, .tenantMaxWaitingJobs), (.storedBytes, .tenantMaxStoredBytes), (.apiKeys, .tenantMaxAPIKeys),
            (.eventStreams, .tenantMaxEventStreams), (.workers, .tenantMaxWorkers), (.jobsPerWindow, .tenantMaxJobs),
            (.readsPerWindow, .tenantMaxReads),
        ]
        self.init()
        for (limit, setting) in settings {
            self[limit] = reader.integer(setting, default: self[limit], in: Self.range)
        }
    }
}
