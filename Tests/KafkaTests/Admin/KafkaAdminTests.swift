import Kafka
import Testing

@Suite(.timeLimit(.minutes(1)))
struct KafkaAdminTests {
    @Test func aBrokerThatCannotCreateTopicsSaysSoAtOnce() async throws {
        let cluster = try TestCluster()
        let admin = try KafkaAdmin(connection: cluster.connection, logger: .quiet)
        let start = ContinuousClock.now
        let results = await admin.createTopics(
            [TopicSpecification(name: "a", partitions: 1), TopicSpecification(name: "not legal", partitions: 1)],
            timeout: .seconds(30)
        )
        #expect(results.first == .unsupported)
        guard case .failed(let error) = results.last else {
            Issue.record("\(results)")
            return
        }
        #expect(error.code == .invalidArgument)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func topicsAreListedAndDescribedButNeverMadeByLooking() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic("b", partitions: 3)
        _ = try cluster.topic("a")
        let admin = try KafkaAdmin(connection: cluster.connection, logger: .quiet)
        #expect(try await admin.listTopics() == ["a", "b"])
        let description = try await admin.describe(topic: topic)
        #expect(description.partitions.map(\.id) == [0, 1, 2])
        #expect(description.partitions.allSatisfy { $0.leader == 1 && $0.replicas == [1] && $0.inSyncReplicas == [1] })
        let error = await #expect(throws: KafkaError.self) { try await admin.describe(topic: "missing") }
        #expect(error?.code == .unknownTopicOrPartition)
        #expect(try await admin.listTopics() == ["a", "b"])
    }

    @Test func lagIsTheDistanceFromTheCommittedOffsetToTheEnd() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic(partitions: 2)
        let group = TestCluster.newGroup()
        let producer = try cluster.producer()
        _ = await producer.send(batch: (0..<10).map { ProducerRecord(topic, "\($0)", partition: 0) })
        let consumer = try cluster.consumer(group: group)
        try consumer.subscribe([topic])
        _ = try await consumer.records(10)
        consumer.store(offset: 4, for: TopicPartition(topic: topic, partition: 0))
        try await consumer.commit()
        let admin = try KafkaAdmin(connection: cluster.connection, logger: .quiet)
        let lag = try await admin.lag(of: group, in: [topic, "missing"])
        #expect(lag.map(\.topicPartition.partition) == [0, 1])
        #expect(lag.map(\.committed) == [4, nil])
        #expect(lag.map(\.records) == [6, 0])
        await consumer.close()
        await producer.close()
    }

    @Test func aBrokerThatIsAwayIsATypedError() async throws {
        let cluster = try TestCluster()
        try cluster.broker.takeDown()
        let admin = try KafkaAdmin(connection: cluster.connection, logger: .quiet)
        let error = await #expect(throws: KafkaError.self) { try await admin.listTopics(timeout: .milliseconds(300)) }
        #expect(error?.isRetriable == true)
        let results = await admin.createTopics(
            [TopicSpecification(name: "a", partitions: 1)],
            timeout: .milliseconds(300)
        )
        guard case .failed(let failure) = results.first else {
            Issue.record("\(results)")
            return
        }
        #expect(failure.isRetriable)
    }

    @Test func lagCountsFromTheOldestRecordThatIsLeft() {
        let partition = TopicPartition(topic: "t", partition: 0)
        #expect(PartitionLag(topicPartition: partition, committed: 2, start: 5, end: 9).records == 4)
        #expect(PartitionLag(topicPartition: partition, committed: nil, start: 5, end: 9).records == 4)
        #expect(PartitionLag(topicPartition: partition, committed: 12, start: 5, end: 9).records == 0)
    }
}
