import Testing

@testable import Kafka

@Suite struct PendingEventsTests {
    private let a = TopicPartition(topic: "t", partition: 0)
    private let b = TopicPartition(topic: "t", partition: 1)

    @Test func whatTheCallerNeverHadIsNotTakenAway() {
        var pending = PendingEvents()
        pending.assign([a, b])
        pending.unassign([a], areLost: false)
        let events = pending.take(max: 9)
        #expect(events == [.assigned([b])])
    }

    @Test func aPartitionThatWentAndCameBackIsTakenAwayFirst() {
        var pending = PendingEvents()
        pending.assign([a, b])
        _ = pending.take(max: 9)
        pending.unassign([a], areLost: false)
        pending.unassign([b], areLost: true)
        pending.assign([a, b])
        let events = [pending.take(max: 9), pending.take(max: 9)]
        #expect(events == [[.lost([b]), .revoked([a]), .assigned([a, b])], []])
    }

    @Test func noMoreThanWasAskedForIsTaken() {
        var pending = PendingEvents()
        pending.assign([a])
        _ = pending.append(KafkaError(code: .transport, operation: .consume))
        let counts = (0..<3).map { _ in pending.take(max: 1).count }
        #expect(counts == [1, 1, 0])
    }

    @Test func errorsAreBoundedAndRepetitionsLeftOut() {
        var pending = PendingEvents()
        for _ in 0..<10 { _ = pending.append(KafkaError(code: .transport, operation: .consume)) }
        let once = pending.take(max: 99)
        #expect(once.count == 1)
        for number in 0..<100 {
            _ = pending.append(KafkaError(code: .transport, operation: .consume, subject: "\(number)"))
        }
        let kept = pending.take(max: 999)
        #expect(kept.count == PendingEvents.maxErrors)
        #expect(kept.last == .error(KafkaError(code: .transport, operation: .consume, subject: "99")))
    }
}
