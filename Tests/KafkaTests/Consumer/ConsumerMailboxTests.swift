import Testing

@testable import Kafka

@Suite struct ConsumerMailboxTests {
    private let partition = TopicPartition(topic: "t", partition: 0)

    @Test func ordersAreCarriedOutBeforeALaterDemandIsServed() async throws {
        var mailbox = ConsumerMailbox()
        mailbox.pause([partition], true)
        try await demand(&mailbox) { mailbox in
            let early = mailbox.beginServing()
            #expect(early == nil)
            let orders = mailbox.takeOrders()
            #expect(orders?.pauses == [partition: true])
            let served = mailbox.beginServing()
            return served
        }
    }

    @Test func aLaterWishReplacesAnEarlierOne() {
        var mailbox = ConsumerMailbox()
        _ = mailbox.subscribe(["a"])
        _ = mailbox.subscribe(["b"])
        mailbox.pause([partition], true)
        mailbox.pause([partition], false)
        let orders = mailbox.takeOrders()
        #expect(orders?.subscription == ["b"])
        #expect(orders?.pauses == [partition: false])
        let again = mailbox.takeOrders()
        #expect(again == nil)
    }

    @Test func aDemandThatIsCancelledWhileItIsServedDoesNotWaitAgain() async throws {
        var mailbox = ConsumerMailbox()
        try await demand(&mailbox) { mailbox in
            guard let served = mailbox.beginServing() else { return nil }
            let cancelled = mailbox.cancel(served.id)
            #expect(cancelled == nil)
            let waits = mailbox.putBack(served)
            #expect(!waits)
            return served
        }
    }

    @Test func afterTheEndEverythingIsRefused() {
        var mailbox = ConsumerMailbox()
        let waiting = mailbox.end(with: KafkaError(code: .closed, operation: .consume))
        #expect(waiting.isEmpty)
        let refusal = mailbox.subscribe(["a"])
        #expect(refusal?.code == .closed)
    }

    /// Adds a demand, lets `body` take it out again and gives it its events.
    private func demand(
        _ mailbox: inout ConsumerMailbox,
        _ body: (inout ConsumerMailbox) -> ConsumerMailbox.Demand?
    ) async throws {
        let events = try await withCheckedThrowingContinuation { continuation in
            let id = mailbox.makeID()
            let demand = ConsumerMailbox.Demand(id: id, max: 1, continuation: continuation)
            let refusal = mailbox.add(demand)
            #expect(refusal == nil)
            let taken = body(&mailbox)
            #expect(taken?.id == id)
            continuation.resume(returning: [])
        }
        #expect(events.isEmpty)
    }
}
