import DequeModule

/// Decides which sender goes next when librdkafka's queue is full: first come, first served, one at a time.
///
/// A sender takes a ticket and adds its records until the queue is full; then it waits with the same ticket. Room is made
/// by deliveries: each wakes the sender that waits longest. A sender that is done, or that gives up, passes its turn on,
/// so a wake-up is never lost. The epoch closes the gap between seeing a full queue and waiting: if room was made in
/// between, the sender tries again instead.
///
/// A pure value; the producer keeps it behind a lock and resumes the waiters it returns after releasing the lock.
struct AdmissionQueue<Waiter> {
    /// A sender's place in the order of arrival.
    typealias Ticket = UInt64

    /// Counts how often room was made.
    private(set) var epoch: UInt64 = 0
    private var lastTicket: Ticket = 0
    private var waiting: Deque<(ticket: Ticket, waiter: Waiter)> = []

    /// Whether somebody waits, so that a newcomer has to wait too.
    var hasWaiters: Bool { !waiting.isEmpty }

    mutating func takeTicket() -> Ticket {
        lastTicket += 1
        return lastTicket
    }

    /// Lets a sender wait in the order of its ticket.
    ///
    /// - Parameter seen: the epoch before the sender found the queue full.
    /// - Returns: whether it waits; if not, room was made since, and it should try again.
    mutating func wait(_ ticket: Ticket, seen: UInt64, _ waiter: Waiter) -> Bool {
        guard seen == epoch else { return false }
        let index = waiting.firstIndex { $0.ticket > ticket } ?? waiting.endIndex
        waiting.insert((ticket, waiter), at: index)
        return true
    }

    /// Notes that room was made; returns who is to try now.
    mutating func roomWasMade() -> Waiter? {
        epoch += 1
        return passTurn()
    }

    /// Returns who is to try next, when a sender is done or has given up.
    mutating func passTurn() -> Waiter? {
        waiting.popFirst()?.waiter
    }

    /// Takes a sender out that gives up; nil if it does not wait (any more).
    mutating func cancel(_ ticket: Ticket) -> Waiter? {
        guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return waiting.remove(at: index).waiter
    }

    /// Takes everybody out, because the producer is closed.
    mutating func removeAll() -> [Waiter] {
        defer { waiting.removeAll() }
        return waiting.map(\.waiter)
    }
}
