import Kafka
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RebalanceTests {
    /// A second member joins and leaves while records flow; every record is dealt with at least once, and by whoever owned
    /// its partition.
    @Test func noRecordIsLostWhenMembersComeAndGo() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic(partitions: 6)
        let group = TestCluster.newGroup()
        let seen = Collected<String>()
        let producer = try cluster.producer()
        let first = try cluster.consumer(group: group)
        try first.subscribe([topic])
        try await first.waitUntilAssigned()
        let firstReads = Task { try await deal(first, seen, Collected()) }

        let second = try cluster.consumer(group: group)
        try second.subscribe([topic])
        let assignments = Collected<KafkaConsumerEvent>()
        let secondReads = Task { try await deal(second, seen, assignments) }
        var sent = 0
        func send(_ count: Int) async {
            _ = await producer.send(batch: (0..<count).map { ProducerRecord(topic, "\(sent + $0)") })
            sent += count
        }
        await send(300)
        try await assignments.wait { !$0.isEmpty }
        #expect(first.assignment.isDisjoint(with: second.assignment))
        #expect(!second.assignment.isEmpty)
        await send(300)
        await second.close()
        _ = await secondReads.result
        await send(300)
        try await seen.wait { Set($0).count == 900 }
        await first.close()
        _ = await firstReads.result
        await producer.close()
    }

    @Test func aMemberThatTakesNoRecordsHoldsNobodyUp() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic(partitions: 2)
        let group = TestCluster.newGroup()
        let idle = try cluster.consumer(group: group)
        try idle.subscribe([topic])
        try await idle.waitUntilAssigned()
        // From here on `idle` asks for nothing, and gives up a partition all the same.
        let other = try cluster.consumer(group: group)
        try other.subscribe([topic])
        try await other.waitUntilAssigned()
        #expect(other.assignment.count == 1)
        #expect(idle.assignment.count == 1)
        let news = try await idle.nextEvents(max: 10)
        #expect(news.contains { if case .revoked = $0 { true } else { false } })
        await idle.close()
        await other.close()
    }

    /// Reads and stores until the consumer is closed.
    private func deal(
        _ consumer: KafkaConsumer,
        _ seen: Collected<String>,
        _ assignments: Collected<KafkaConsumerEvent>
    ) async throws {
        while true {
            for event in try await consumer.nextEvents(max: 50) {
                switch event {
                case .record(let record):
                    seen.append(record.text)
                    consumer.store(offset: record.offset + 1, for: record.topicPartition)
                case .assigned: assignments.append(event)
                default: break
                }
            }
        }
    }
}
