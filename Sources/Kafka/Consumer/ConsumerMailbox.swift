import DequeModule

/// What callers ask of a consumer's thread, kept until the thread takes it up.
///
/// A pure value behind the consumer's monitor. It is bounded by what callers await: wishes that nobody awaits, to subscribe
/// or to pause, replace their predecessors.
struct ConsumerMailbox {
    typealias Events = Result<[KafkaConsumerEvent], any Error>

    /// A caller that waits for events.
    struct Demand {
        let id: UInt64
        let max: Int
        let continuation: CheckedContinuation<[KafkaConsumerEvent], any Error>
    }

    /// What the thread is to do besides looking at its queues.
    struct Orders {
        var subscription: [String]?
        var pauses: [TopicPartition: Bool] = [:]
        var commits: [CheckedContinuation<KafkaError?, Never>] = []
        var isClosing = false
    }

    private var hasNews = false
    private var orders = Orders()
    private var hasOrders = false
    private var demands: Deque<Demand> = []
    private var lastID: UInt64 = 0
    /// The demand that the thread is collecting events for, and whether its task has been cancelled meanwhile.
    private var serving: (id: UInt64, isCancelled: Bool)?
    private var end: KafkaError?

    /// The partitions that are assigned now.
    var assignment: Set<TopicPartition> = []

    // MARK: Callers' side

    /// Notes that librdkafka has put something into one of its queues.
    mutating func noteArrival() {
        hasNews = true
    }

    mutating func makeID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// Adds a demand; returns the error to give it at once if the consumer has ended.
    mutating func add(_ demand: Demand) -> KafkaError? {
        if let end { return end }
        hasNews = true
        demands.append(demand)
        return nil
    }

    /// Takes a cancelled task's demand out.
    ///
    /// - Returns: the demand if it waits; nil if it is being served, and then gets its events or, if there are none, ends.
    mutating func cancel(_ id: UInt64) -> Demand? {
        if serving?.id == id {
            serving?.isCancelled = true
            return nil
        }
        guard let index = demands.firstIndex(where: { $0.id == id }) else { return nil }
        return demands.remove(at: index)
    }

    /// Replaces the subscription; returns an error if the consumer has ended.
    mutating func subscribe(_ topics: [String]) -> KafkaError? {
        if let end { return end }
        noteOrder()
        orders.subscription = topics
        return nil
    }

    mutating func pause(_ partitions: [TopicPartition], _ isPaused: Bool) {
        noteOrder()
        for partition in partitions { orders.pauses[partition] = isPaused }
    }

    /// Adds a wish to commit; returns the error to give it at once if the consumer has ended.
    mutating func commit(_ continuation: CheckedContinuation<KafkaError?, Never>) -> KafkaError? {
        if let end { return end }
        noteOrder()
        orders.commits.append(continuation)
        return nil
    }

    mutating func close() {
        noteOrder()
        orders.isClosing = true
    }

    private mutating func noteOrder() {
        hasNews = true
        hasOrders = true
    }

    // MARK: The thread's side

    /// Takes the orders; nil if nothing has happened since the last time.
    mutating func takeOrders() -> Orders? {
        guard hasNews else { return nil }
        hasNews = false
        hasOrders = false
        defer { orders = Orders(isClosing: orders.isClosing) }
        return orders
    }

    /// Takes the demand that has waited longest, to collect events for it.
    ///
    /// Orders go first, so that a caller who pauses a partition and then asks gets nothing of it.
    mutating func beginServing() -> Demand? {
        guard !hasOrders, let demand = demands.popFirst() else { return nil }
        serving = (demand.id, false)
        return demand
    }

    /// Notes that a demand got its events.
    mutating func endServing() {
        serving = nil
    }

    /// Puts a demand back for which there were no events.
    ///
    /// - Returns: whether it waits again; if not, its task has been cancelled meanwhile.
    mutating func putBack(_ demand: Demand) -> Bool {
        defer { serving = nil }
        if serving?.isCancelled == true { return false }
        demands.prepend(demand)
        return true
    }

    /// Notes that there will be no more events; returns those who wait for some.
    mutating func end(with error: KafkaError) -> [Demand] {
        if end == nil || error.code == .closed { end = error }
        defer { demands = [] }
        return Array(demands)
    }
}
