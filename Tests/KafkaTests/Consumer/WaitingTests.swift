import Concurrency
import Testing

@testable import Kafka

@Suite(.timeLimit(.minutes(1)))
struct WaitingTests {
    @Test func aCancelledTaskStopsWaiting() async throws {
        let cluster = try TestCluster()
        let consumer = try cluster.consumer()
        let waiting = Task { try await consumer.nextEvents(max: 1) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await consumer.close()
    }

    @Test func closingReleasesWhoeverWaits() async throws {
        let cluster = try TestCluster()
        let consumer = try cluster.consumer()
        let waiting = (0..<3).map { _ in Task { try await consumer.nextEvents(max: 1) } }
        await consumer.close()
        for task in waiting {
            let error = await #expect(throws: KafkaError.self) { try await task.value }
            #expect(error?.code == .closed)
        }
        let error = await #expect(throws: KafkaError.self) { try await consumer.commit() }
        #expect(error?.code == .closed)
        #expect(throws: KafkaError.self) { try consumer.subscribe(["a"]) }
        await consumer.close()
    }

    /// Tasks are cancelled at arbitrary moments; each either gets events or throws, and no event is lost in between.
    @Test func noEventIsLostWhenWaitingTasksAreCancelled() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer()
        let consumer = try cluster.consumer()
        try consumer.subscribe([topic])
        try await consumer.waitUntilAssigned()
        let sending = Task {
            for batch in 0..<20 {
                _ = await producer.send(batch: (0..<100).map { ProducerRecord(topic, "\(batch)-\($0)") })
            }
        }
        var seen: [Int64] = []
        while seen.count < 2000 {
            let reader = Task { try await consumer.nextEvents(max: 5) }
            let canceller = Task { reader.cancel() }
            let events = (try? await reader.value) ?? []
            await canceller.value
            for case .record(let record) in events { seen.append(record.offset) }
            // So that the test gets on: there is always one more record to come here.
            guard seen.count < 2000 else { break }
            for case .record(let record) in try await consumer.nextEvents(max: 1) { seen.append(record.offset) }
        }
        #expect(seen == Array(0..<2000))
        await sending.value
        await consumer.close()
        await producer.close()
    }

    @Test func aDroppedConsumerFreesItsHandle() async throws {
        let cluster = try TestCluster()
        let isDestroyed = Latch()
        do {
            let consumer = try cluster.consumer()
            consumer.notifyWhenHandleIsDestroyed { isDestroyed.open() }
        }
        await isDestroyed.wait()
    }

    @Test func manyConsumersLeaveNothingBehind() async throws {
        let cluster = try TestCluster()
        for _ in 0..<20 {
            let consumer = try cluster.consumer()
            let isDestroyed = Latch()
            consumer.notifyWhenHandleIsDestroyed { isDestroyed.open() }
            await consumer.close()
            await isDestroyed.wait()
        }
    }

    @Test func closingIsBoundedWhenTheBrokerIsAway() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let consumer = try cluster.consumer { $0.closeTimeout = .milliseconds(500) }
        try consumer.subscribe([topic])
        try await consumer.waitUntilAssigned()
        try cluster.broker.takeDown()
        let start = ContinuousClock.now
        await consumer.close()
        #expect(ContinuousClock.now - start < .seconds(10))
    }
}
