import Testing

@testable import Kafka

@Suite struct AdmissionQueueTests {
    @Test func waitersAreServedInTheOrderOfTheirTickets() {
        var queue = AdmissionQueue<String>()
        let tickets = (0..<3).map { _ in queue.takeTicket() }
        // A sender that has to wait a second time keeps its place.
        for index in [1, 2, 0] {
            let waits = queue.wait(tickets[index], seen: queue.epoch, "\(index)")
            #expect(waits)
        }
        let served = [queue.roomWasMade(), queue.passTurn(), queue.roomWasMade(), queue.passTurn()]
        #expect(served == ["0", "1", "2", nil])
    }

    @Test func roomMadeSinceTheQueueWasSeenFullIsNotMissed() {
        var queue = AdmissionQueue<String>()
        let ticket = queue.takeTicket()
        let seen = queue.epoch
        let nobody = queue.roomWasMade()
        #expect(nobody == nil)
        let waits = queue.wait(ticket, seen: seen, "late")
        #expect(!waits)
        #expect(!queue.hasWaiters)
    }

    @Test func aCancelledWaiterIsNotServed() {
        var queue = AdmissionQueue<String>()
        let (first, second) = (queue.takeTicket(), queue.takeTicket())
        _ = queue.wait(first, seen: queue.epoch, "first")
        _ = queue.wait(second, seen: queue.epoch, "second")
        let cancelled = [queue.cancel(first), queue.cancel(first)]
        #expect(cancelled == ["first", nil])
        let served = queue.roomWasMade()
        #expect(served == "second")
    }
}
