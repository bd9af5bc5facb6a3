import Kafka
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SubscriptionTests {
    @Test func anUnknownTopicIsASoftErrorAndIsReadOnceItExists() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic("late")
        cluster.broker.setTopicError(topic, .unknownTopicOrPartition)
        let consumer = try cluster.consumer { $0.metadataRefreshInterval = .milliseconds(200) }
        try consumer.subscribe([topic])
        try await consumer.events {
            if case .error(let error) = $0 {
                error.code == .unknownTopicOrPartition && error.isRetriable
            } else {
                false
            }
        }
        cluster.broker.setTopicError(topic, nil)
        try await consumer.waitUntilAssigned()
        await consumer.close()
    }

    @Test func anEmptySubscriptionGivesEverythingBack() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic(partitions: 3)
        let consumer = try cluster.consumer()
        try consumer.subscribe([topic])
        try await consumer.waitUntilAssigned()
        #expect(consumer.assignment.count == 3)
        try consumer.subscribe([])
        let events = try await consumer.events { if case .revoked = $0 { true } else { false } }
        #expect(events.last == .revoked((0..<3).map { TopicPartition(topic: topic, partition: $0) }))
        #expect(consumer.assignment.isEmpty)
        await consumer.close()
    }

    @Test(arguments: ["", ".", "..", "^regex", "with space", "ümlaut", String(repeating: "x", count: 250)])
    func aNameThatKafkaDoesNotAllowIsRefused(name: String) throws {
        let cluster = try TestCluster()
        let consumer = try cluster.consumer()
        let error = #expect(throws: KafkaError.self) { try consumer.subscribe(["good", name]) }
        #expect(error?.code == .invalidArgument)
    }
}
