import Foundation
import Kafka
import Logging
import Synchronization

/// A mock broker of a test's own, and clients that are set up for it.
final class TestCluster: Sendable {
    let broker: MockBroker
    private static let lastGroup = Atomic<Int>(0)

    init(brokers: Int = 1) throws {
        broker = try MockBroker(brokers: brokers, logger: .quiet)
    }

    /// Makes a topic with a chosen number of partitions.
    func topic(_ name: String = "events", partitions: Int = 1) throws -> String {
        try broker.createTopic(name, partitions: partitions)
        return name
    }

    var connection: KafkaConnection {
        KafkaConnection(brokers: broker.bootstrapServers, clientID: "test", reconnectBackoffMax: .milliseconds(200))
    }

    func producerConfiguration() -> KafkaProducerConfiguration {
        KafkaProducerConfiguration(connection: connection, closeTimeout: .seconds(2))
    }

    func producer(_ change: (inout KafkaProducerConfiguration) -> Void = { _ in }) throws -> KafkaProducer {
        var configuration = producerConfiguration()
        change(&configuration)
        return try KafkaProducer(configuration: configuration, logger: .quiet)
    }

    static func newGroup() -> String {
        "group-\(lastGroup.add(1, ordering: .relaxed).newValue)"
    }

    func consumer(
        group: String = newGroup(),
        _ change: (inout KafkaConsumerConfiguration) -> Void = { _ in }
    ) throws -> KafkaConsumer {
        var configuration = KafkaConsumerConfiguration(connection: connection, group: group)
        configuration.adaptToMockBroker()
        configuration.autoCommitInterval = .milliseconds(100)
        change(&configuration)
        return try KafkaConsumer(configuration: configuration, logger: .quiet)
    }
}

extension Logger {
    /// Keeps the clients' log lines out of a test's output, unless a person asks for them with `KAFKA_TEST_LOG=debug`.
    static var quiet: Logger {
        let wanted = ProcessInfo.processInfo.environment["KAFKA_TEST_LOG"].flatMap { Level(rawValue: $0) }
        guard let wanted else { return Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
        var logger = Logger(label: "test")
        logger.logLevel = wanted
        return logger
    }
}
