import Concurrency
import Testing

@testable import Kafka

@Suite(.timeLimit(.minutes(1)))
struct KafkaProducerTests {
    @Test func recordsOfOnePartitionGetConsecutiveOffsets() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic(partitions: 2)
        let producer = try cluster.producer()
        let outcomes = await producer.send(batch: (0..<100).map { ProducerRecord(topic, "\($0)", partition: 1) })
        let deliveries = try outcomes.map { try $0.get() }
        #expect(deliveries.map(\.offset) == Array(0..<100))
        #expect(Set(deliveries.map(\.topicPartition)) == [TopicPartition(topic: topic, partition: 1)])
        await producer.close()
    }

    /// The expected partitions follow from the hashes in Apache Kafka's own test of murmur2 (`UtilsTest.testMurmur2`).
    @Test(arguments: [("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536)])
    func aKeyChoosesThePartitionThatTheJavaClientWouldChoose(key: String, hash: Int) async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic(partitions: 7)
        let producer = try cluster.producer()
        let delivery = try await producer.send(ProducerRecord(topic, "value", key: key))
        #expect(delivery.topicPartition.partition == Int32((hash & 0x7fff_ffff) % 7))
        await producer.close()
    }

    @Test func aFullQueueSuspendsSendersUntilDeliveriesMakeRoom() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer { $0.maxQueuedRecords = 10 }
        // 40 senders with 25 records each through a queue of 10: without waiting, or with a lost wake-up, this fails.
        let delivered = await withTaskGroup(of: Int.self) { group in
            for sender in 0..<40 {
                group.addTask {
                    let records = (0..<25).map { ProducerRecord(topic, "\(sender)-\($0)") }
                    return await producer.send(batch: records).count { (try? $0.get()) != nil }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(delivered == 1000)
        await producer.close()
    }

    @Test func aBatchLargerThanTheQueueKeepsItsOrder() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer { $0.maxQueuedRecords = 7 }
        let outcomes = await producer.send(batch: (0..<500).map { ProducerRecord(topic, "\($0)", partition: 0) })
        #expect(try outcomes.map { try $0.get().offset } == Array(0..<500))
        await producer.close()
    }

    @Test func aTaskThatWaitsForRoomIsReleasedByCancellation() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        try cluster.broker.takeDown()
        let producer = try cluster.producer {
            $0.maxQueuedRecords = 1
            $0.closeTimeout = .zero
        }
        let first = Task { await producer.send(batch: [ProducerRecord(topic, "queued")]) }
        let second = Task {
            await producer.send(batch: [ProducerRecord(topic, "waits"), ProducerRecord(topic, "too")])
        }
        second.cancel()
        for outcome in await second.value {
            #expect(throws: KafkaError.self) { try outcome.get() }
            #expect(outcome.failure?.code == .cancelled)
        }
        // The one that was queued is not affected, and is given up when the producer closes.
        await producer.close()
        #expect(await first.value.first?.failure?.code.rawValue != nil)
    }

    @Test func aTaskThatWaitsForItsDeliveryIsReleasedByCancellation() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer { $0.closeTimeout = .seconds(5) }
        try cluster.broker.setRoundTripTime(.milliseconds(800))
        let sending = Task { await producer.send(batch: [ProducerRecord(topic, "late")]) }
        sending.cancel()
        #expect(await sending.value.first?.failure?.code == .cancelled)
        await producer.close()
    }

    @Test func aBrokerThatIsAwayFailsTheDeliveryWithARetriableError() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        try cluster.broker.takeDown()
        let producer = try cluster.producer { $0.deliveryTimeout = .milliseconds(300) }
        let error = await #expect(throws: KafkaError.self) { try await producer.send(ProducerRecord(topic, "lost")) }
        #expect(error?.code == .deliveryTimedOut)
        #expect(error?.isRetriable == true)
        #expect(error?.isFatal == false)
        #expect(error?.subject?.contains(topic) == true)
        await producer.close()
    }

    @Test func deliveryGoesOnWhenTheBrokerComesBack() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer()
        _ = try await producer.send(ProducerRecord(topic, "before"))
        try cluster.broker.takeDown()
        async let delivery = producer.send(ProducerRecord(topic, "during"))
        try cluster.broker.bringUp()
        #expect(try await delivery.offset == 1)
        await producer.close()
    }

    @Test func afterAFatalErrorTheProducerGoesOnWithANewHandle() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer()
        _ = try await producer.send(ProducerRecord(topic, "before"))
        try cluster.broker.setRoundTripTime(.milliseconds(50))
        // Sent while the handle dies: each gets an outcome, and a failure says that it is fatal.
        async let outcomes = producer.send(batch: (0..<100).map { ProducerRecord(topic, "during \($0)") })
        producer.provokeFatalError(.outOfOrderSequence, reason: "test")
        for outcome in await outcomes {
            if let failure = outcome.failure {
                #expect(failure.isFatal)
                #expect(failure.isRetriable)
            }
        }
        #expect(try await producer.send(ProducerRecord(topic, "after")).offset > 0)
        await producer.close()
    }

    @Test func closingDeliversWhatIsOutstandingAndRefusesTheRest() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer { $0.linger = .milliseconds(300) }
        async let outcomes = producer.send(batch: (0..<50).map { ProducerRecord(topic, "\($0)") })
        while await producer.flush(timeout: .zero) { await Task.yield() }
        await producer.close()
        #expect(await outcomes.allSatisfy { $0.failure == nil })
        let error = await #expect(throws: KafkaError.self) { try await producer.send(ProducerRecord(topic, "late")) }
        #expect(error?.code == .closed)
        await producer.close()
    }

    @Test func closingGivesUpWhatCannotBeDelivered() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        try cluster.broker.takeDown()
        let producer = try cluster.producer { $0.closeTimeout = .milliseconds(50) }
        async let outcomes = producer.send(batch: [ProducerRecord(topic, "stuck")])
        while await producer.flush(timeout: .zero) { await Task.yield() }
        await producer.close()
        #expect(await outcomes.first?.failure?.code == .purgedFromQueue)
    }

    @Test func aDroppedProducerFreesItsHandle() async throws {
        let cluster = try TestCluster()
        let isDestroyed = Latch()
        do {
            let producer = try cluster.producer()
            producer.notifyWhenHandleIsDestroyed { isDestroyed.open() }
        }
        await isDestroyed.wait()
    }

    @Test func manyProducersLeaveNothingBehind() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        for _ in 0..<30 {
            let isDestroyed = Latch()
            let producer = try cluster.producer()
            producer.notifyWhenHandleIsDestroyed { isDestroyed.open() }
            _ = try await producer.send(ProducerRecord(topic, "x"))
            await producer.close()
            await isDestroyed.wait()
        }
    }

    @Test func aRecordThatIsTooLargeFailsAlone() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer { $0.maxRequestBytes = 10_000 }
        let large = ProducerRecord(topic: topic, value: Array(repeating: 7, count: 20_000))
        let outcomes = await producer.send(batch: [ProducerRecord(topic, "a"), large, ProducerRecord(topic, "b")])
        #expect(outcomes.map { $0.failure?.code } == [nil, .recordTooLarge, nil])
        await producer.close()
    }

    @Test func aPartitionThatDoesNotExistFailsWithItsTopic() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic(partitions: 2)
        let producer = try cluster.producer()
        let error = await #expect(throws: KafkaError.self) {
            try await producer.send(ProducerRecord(topic, "nowhere", partition: 9))
        }
        #expect(error?.code == .unknownPartition)
        #expect(error?.description.contains(topic) == true)
        await producer.close()
    }
}

extension Result {
    /// The error of a failure.
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
