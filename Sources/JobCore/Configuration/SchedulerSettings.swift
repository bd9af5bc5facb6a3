/// What a scheduler is told.
public struct SchedulerSettings: Sendable {
    /// What all processes are told.
    public var common: CommonSettings
    /// How PostgreSQL is reached.
    public var database: DatabaseSettings
    /// How many partitions a new topic gets.
    public var kafkaPartitions: Int

    /// Reads them.
    ///
    /// - Throws: ``InvalidSettings`` naming every variable that is missing or wrong.
    public init(_ reader: SettingsReader = .environment()) throws(InvalidSettings) {
        var reader = reader
        common = CommonSettings(&reader, grpcPort: 50_052, metricsPort: 2_114)
        database = DatabaseSettings(&reader)
        kafkaPartitions = reader.integer(.kafkaPartitions, default: 4, in: 1...1_000)
        try reader.finish()
    }
}
