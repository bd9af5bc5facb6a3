import Foundation
import Kafka
import Logging
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RestartTests {
    /// The broker is killed and started anew on its port with nothing left; clients that were running go on by themselves.
    @Test func clientsRecoverFromABrokerThatLostEverything() async throws {
        let first = try await DevBrokerProcess()
        let producer = try KafkaProducer(
            configuration: KafkaProducerConfiguration(connection: connection(to: first), closeTimeout: .seconds(1)),
            logger: .quiet
        )
        var configuration = KafkaConsumerConfiguration(
            connection: connection(to: first),
            group: "restart",
            autoCommitInterval: .milliseconds(100),
            closeTimeout: .seconds(1)
        )
        configuration.adaptToMockBroker()
        let consumer = try KafkaConsumer(configuration: configuration, logger: .quiet)
        try consumer.subscribe(["events"])
        _ = try await send(100, "before", producer)
        try await receive(100, "before", consumer)

        _ = await first.end(with: SIGKILL)
        let second = try await DevBrokerProcess(port: first.port)
        let restarted = ContinuousClock.now
        #expect(second.address == first.address)
        // Fewer records than before, and all in one partition, so that the consumer's old position lies beyond the end.
        try await send(10, "after", producer)
        try await receive(10, "after", consumer)
        #expect(ContinuousClock.now - restarted < .seconds(20))

        await producer.close()
        await consumer.close()
        _ = await second.end(with: SIGTERM)
    }

    private func send(_ count: Int, _ text: String, _ producer: KafkaProducer) async throws {
        let records = (0..<count).map {
            ProducerRecord(topic: "events", value: Array("\(text) \($0)".utf8), partition: 0)
        }
        for outcome in await producer.send(batch: records) { _ = try outcome.get() }
    }

    /// Reads until every record with the text has come.
    private func receive(_ count: Int, _ text: String, _ consumer: KafkaConsumer) async throws {
        var missing = Set((0..<count).map { "\(text) \($0)" })
        while !missing.isEmpty {
            for case .record(let record) in try await consumer.nextEvents(max: 100) {
                missing.remove(String(decoding: record.value, as: UTF8.self))
                consumer.store(offset: record.offset + 1, for: record.topicPartition)
            }
        }
    }

    private func connection(to broker: DevBrokerProcess) -> KafkaConnection {
        KafkaConnection(brokers: broker.address)
    }
}

extension Logger {
    fileprivate static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
