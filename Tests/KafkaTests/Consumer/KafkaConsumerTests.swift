import Kafka
import Testing

@Suite(.timeLimit(.minutes(1)))
struct KafkaConsumerTests {
    @Test func aHundredThousandRecordsAreConsumedExactlyOnceAndInOrder() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic(partitions: 4)
        let producer = try cluster.producer()
        let consumer = try cluster.consumer()
        try consumer.subscribe([topic])
        for batch in 0..<20 {
            let records = (0..<5000).map { ProducerRecord(topic, "\(batch * 5000 + $0)", partition: Int32($0 % 4)) }
            for outcome in await producer.send(batch: records) { _ = try outcome.get() }
        }
        let records = try await consumer.records(100_000, max: 2000)
        #expect(records.count == 100_000)
        for (_, partition) in Dictionary(grouping: records, by: \.partition) {
            #expect(partition.map(\.offset) == Array(0..<25_000))
            #expect(partition.compactMap { Int($0.text) } == partition.compactMap { Int($0.text) }.sorted())
        }
        await consumer.close()
        await producer.close()
    }

    @Test func aRecordArrivesAsItWasSent() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer()
        let headers = [
            KafkaHeader(name: "trace", text: "abc"), KafkaHeader(name: "trace", text: ""),
            KafkaHeader(name: "null", value: nil),
        ]
        let sent = [
            ProducerRecord(topic: topic, key: [0, 1, 255], value: [0, 0, 9], headers: headers),
            ProducerRecord(topic: topic, key: nil, value: [1]),
            ProducerRecord(topic: topic, key: [], value: []),
        ]
        for outcome in await producer.send(batch: sent) { _ = try outcome.get() }
        let consumer = try cluster.consumer()
        try consumer.subscribe([topic])
        let records = try await consumer.records(3)
        #expect(records.map(\.key) == sent.map(\.key))
        #expect(records.map(\.value) == sent.map(\.value))
        #expect(records.map(\.headers) == sent.map(\.headers))
        #expect(records.allSatisfy { ($0.timestamp ?? 0) > 1_500_000_000_000 })
        await consumer.close()
        await producer.close()
    }

    @Test func theEndOfAPartitionIsReportedEachTimeItIsReached() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        let producer = try cluster.producer()
        let consumer = try cluster.consumer()
        try consumer.subscribe([topic])
        try await consumer.events { $0 == .endOfPartition(partition, offset: 0) }
        _ = try await producer.send(ProducerRecord(topic, "one"))
        let events = try await consumer.events { $0 == .endOfPartition(partition, offset: 1) }
        #expect(events.contains { if case .record(let record) = $0 { record.text == "one" } else { false } })
        await consumer.close()
        await producer.close()
    }

    @Test func aPausedPartitionGivesNothingAndLosesNothing() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic(partitions: 2)
        let paused = TopicPartition(topic: topic, partition: 0)
        let producer = try cluster.producer()
        for text in 0..<200 {
            _ = await producer.send(batch: [ProducerRecord(topic, "\(text)", partition: Int32(text % 2))])
        }
        let consumer = try cluster.consumer()
        try consumer.subscribe([topic])
        var before: [KafkaRecord] = []
        while before.filter({ $0.partition == 0 }).count < 10 { before += try await consumer.records(1, max: 10) }
        consumer.pause([paused])
        let others = 100 - before.filter { $0.partition == 1 }.count
        let during = try await consumer.records(others, max: 7)
        #expect(during.allSatisfy { $0.partition == 1 })
        consumer.resume([paused])
        let after = try await consumer.records(200 - before.count - during.count)
        let ofPaused = (before + after).filter { $0.partition == 0 }
        #expect(ofPaused.map(\.offset) == Array(0..<100))
        await consumer.close()
        await producer.close()
    }

    @Test func seekingReadsAgainFromThere() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        let producer = try cluster.producer()
        _ = await producer.send(batch: (0..<20).map { ProducerRecord(topic, "\($0)") })
        let consumer = try cluster.consumer()
        let error = #expect(throws: KafkaError.self) { try consumer.seek(partition, to: 5) }
        #expect(error?.code == .wrongState)
        try consumer.subscribe([topic])
        _ = try await consumer.records(20)
        try consumer.seek(partition, to: 15)
        #expect(try await consumer.records(5).map(\.offset) == [15, 16, 17, 18, 19])
        await consumer.close()
        await producer.close()
    }

    @Test func storedOffsetsAreWhereTheNextMemberBegins() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        let group = TestCluster.newGroup()
        let producer = try cluster.producer()
        _ = await producer.send(batch: (0..<10).map { ProducerRecord(topic, "\($0)") })
        let first = try cluster.consumer(group: group)
        #expect(first.store(offset: 3, for: partition) == false)
        try first.subscribe([topic])
        _ = try await first.records(10)
        #expect(first.assignment == [partition])
        #expect(first.store(offset: 3, for: partition))
        #expect(first.store([partition: 4, TopicPartition(topic: topic, partition: 7): 1]).map(\.partition) == [7])
        try await first.commit()
        #expect(first.store(offset: 6, for: partition))
        await first.close()
        #expect(first.store(offset: 9, for: partition) == false)

        let second = try cluster.consumer(group: group)
        try second.subscribe([topic])
        #expect(try await second.records(4).map(\.offset) == [6, 7, 8, 9])
        await second.close()
        await producer.close()
    }

    @Test func aBrokerThatGoesAndComesBackIsAnErrorEventAndNoMore() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer()
        let consumer = try cluster.consumer()
        try consumer.subscribe([topic])
        try await consumer.waitUntilAssigned()
        try cluster.broker.takeDown()
        try await consumer.events { if case .error(let error) = $0 { error.isRetriable } else { false } }
        try cluster.broker.bringUp()
        _ = try await producer.send(ProducerRecord(topic, "again"))
        #expect(try await consumer.records(1).map(\.text) == ["again"])
        await consumer.close()
        await producer.close()
    }
}
