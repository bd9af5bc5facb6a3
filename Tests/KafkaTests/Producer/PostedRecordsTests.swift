import Foundation
import Testing

@testable import Kafka

/// Records that are handed over and not waited for.
@Suite(.timeLimit(.minutes(1)))
struct PostedRecordsTests {
    private typealias Outcome = Result<Delivery, KafkaError>

    @Test func theOutcomeOfEachIsReportedOnce() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer { $0.maxRequestBytes = 10_000 }
        let outcomes = Collected<Outcome>()
        let large = ProducerRecord(topic: topic, value: Array(repeating: 7, count: 20_000))
        producer.post([]) { _ in Issue.record("there was nothing to report") }
        producer.post((0..<50).map { ProducerRecord(topic, "\($0)", partition: 0) } + [large]) { outcomes.append($0) }
        try await outcomes.wait { $0.count >= 51 }
        await producer.close()
        try await outcomes.wait { $0.count == 51 }
        let (offsets, failures) = try outcomes.split()
        #expect(offsets.sorted() == Array(0..<50))
        #expect(failures == [.recordTooLarge])
    }

    @Test func withoutIdempotenceRecordsWaitForNoAnswerAndNoThreadIsBusyMeanwhile() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let others = try BrokerThread.all()
        let producer = try cluster.producer { $0.isIdempotent = false }
        _ = try await producer.send(ProducerRecord(topic, "first", partition: 0)).offset
        try cluster.broker.setRoundTripTime(.milliseconds(200))
        let outcomes = Collected<Outcome>()
        for round in 0..<50 {
            producer.post((0..<10).map { ProducerRecord(topic, "\(round) \($0)", partition: 0) }) {
                outcomes.append($0)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        let busy = try BrokerThread.all().filter { !others.contains($0) }.map(\.seconds).reduce(0, +)
        #expect(busy < 0.3, "of a second, with records on their way at any time")
        try await outcomes.wait { $0.count == 500 }
        #expect(Set(try outcomes.split().offsets) == Set(1...500))
        await producer.close()
    }

    /// A thread of librdkafka's that serves a broker.
    private struct BrokerThread: Hashable {
        let id: String

        static func all() throws -> [Self] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").map(Self.init).filter {
                (try? String(contentsOfFile: "/proc/self/task/\($0.id)/comm", encoding: .utf8))?.hasPrefix("rdk:broker")
                    ?? false
            }
        }

        /// The processor's time that it has used.
        var seconds: Double {
            let stat = (try? String(contentsOfFile: "/proc/self/task/\(id)/stat", encoding: .utf8)) ?? ""
            let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
            return fields.count > 13 ? (Double(fields[12]) ?? 0) / 100 + (Double(fields[13]) ?? 0) / 100 : 0
        }
    }

    @Test func whatFindsNoRoomFailsAtOnceAndTheRestIsDelivered() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer { $0.maxQueuedRecords = 10 }
        try cluster.broker.takeDown()
        let outcomes = Collected<Outcome>()
        producer.post((0..<25).map { ProducerRecord(topic, "\($0)", partition: 0) }) { outcomes.append($0) }
        // The broker is away: only what was refused can have an outcome.
        try await outcomes.wait { $0.count >= 15 }
        let refused = try outcomes.split()
        #expect(refused.offsets.isEmpty && refused.failures == Array(repeating: .queueFull, count: 15))
        try cluster.broker.bringUp()
        try await outcomes.wait { $0.count == 25 }
        #expect(try outcomes.split().offsets.sorted() == Array(0..<10))
        await producer.close()
    }

    @Test func withABrokerThatIsAwayTheyFailWhenTheirTimeIsUp() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        try cluster.broker.takeDown()
        let producer = try cluster.producer { $0.deliveryTimeout = .milliseconds(300) }
        let outcomes = Collected<Outcome>()
        producer.post([ProducerRecord(topic, "lost"), ProducerRecord(topic, "too")]) { outcomes.append($0) }
        try await outcomes.wait { $0.count == 2 }
        #expect(try outcomes.split().failures == [.deliveryTimedOut, .deliveryTimedOut])
        await producer.close()
    }

    @Test func aClosedProducerRefusesThem() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer()
        await producer.close()
        let outcomes = Collected<Outcome>()
        producer.post([ProducerRecord(topic, "late")]) { outcomes.append($0) }
        try await outcomes.wait { $0.count == 1 }
        #expect(try outcomes.split().failures == [.closed])
    }

    @Test func closingReportsWhatIsGivenUp() async throws {
        let cluster = try TestCluster()
        let topic = try cluster.topic()
        try cluster.broker.takeDown()
        let producer = try cluster.producer { $0.closeTimeout = .milliseconds(50) }
        let outcomes = Collected<Outcome>()
        producer.post([ProducerRecord(topic, "stuck")]) { outcomes.append($0) }
        await producer.close()
        try await outcomes.wait { $0.count == 1 }
        #expect(try outcomes.split().failures == [.purgedFromQueue])
    }
}

extension Collected where Element == Result<Delivery, KafkaError> {
    /// The offsets of what was delivered, and why the rest was not.
    fileprivate func split() throws -> (offsets: [Int64], failures: [KafkaErrorCode]) {
        let all = snapshot()
        return (try all.filter { $0.failure == nil }.map { try $0.get().offset }, all.compactMap { $0.failure?.code })
    }
}
