public import JobCore
public import Platform

/// What a scheduler is told.
public struct SchedulerSettings: Sendable {
    /// What all processes are told.
    public var common: CommonSettings
    /// How PostgreSQL is reached.
    public var database: DatabaseSettings
    /// How many partitions the topics are made with.
    public var kafkaPartitions: Int
    /// How long completed and cancelled jobs are kept.
    public var retentionCompleted: Duration
    /// How long dead letters are kept.
    public var retentionDead: Duration
    /// How long jobs wait whose type no worker has a handler for.
    public var unhandledTypeTTL: Duration
    /// The most jobs that may wait in one queue of a tenant.
    public var maxQueueDepth: Int
    /// What a tenant without limits of its own may have.
    public var tenantLimits: TenantLimits

    /// Reads them.
    ///
    /// - Throws: ``InvalidSettings`` naming every variable that is missing or wrong.
    public init(_ reader: SettingsReader = .environment()) throws(InvalidSettings) {
        var reader = reader
        common = CommonSettings(&reader, grpcPort: 50_052, metricsPort: 2_114)
        database = DatabaseSettings(&reader)
        kafkaPartitions = reader.integer(.kafkaPartitions, default: 12, in: 1...1_000)
        let retention = Duration.seconds(3_600)...(.seconds(3_650 * 86_400))
        retentionCompleted = reader.duration(.retentionCompleted, default: .seconds(7 * 86_400), in: retention)
        retentionDead = reader.duration(.retentionDead, default: .seconds(30 * 86_400), in: retention)
        unhandledTypeTTL = reader.duration(
            .unhandledTypeTTL,
            default: .seconds(86_400),
            in: .seconds(10)...(.seconds(3_650 * 86_400))
        )
        maxQueueDepth = reader.integer(.maxQueueDepth, default: 1_000_000, in: 1...1_000_000_000)
        tenantLimits = TenantLimits(&reader)
        reader.checkTimeZones()
        try reader.finish()
    }
}
