import DequeModule

/// Events other than records that wait for the caller to ask: assignment changes and errors, both bounded.
struct PendingEvents {
    /// How many errors are kept; the oldest go first, since they also went to the log.
    static let maxErrors = 32

    private var changes = AssignmentChanges()
    private var errors: Deque<KafkaError> = []

    mutating func assign(_ partitions: [TopicPartition]) {
        changes.assign(partitions)
    }

    mutating func unassign(_ partitions: [TopicPartition], areLost: Bool) {
        changes.unassign(partitions, areLost: areLost)
    }

    /// Adds an error, unless it repeats the last one, as a broker that stays away does at every attempt.
    ///
    /// - Returns: whether it was added.
    mutating func append(_ error: KafkaError) -> Bool {
        guard errors.last != error else { return false }
        if errors.count == Self.maxErrors { errors.removeFirst() }
        errors.append(error)
        return true
    }

    /// Takes up to `max` events out.
    mutating func take(max: Int) -> [KafkaConsumerEvent] {
        var events: [KafkaConsumerEvent] = []
        while events.count < max, let event = changes.next() ?? errors.popFirst().map(KafkaConsumerEvent.error) {
            events.append(event)
        }
        return events
    }
}

/// The changes to the assignment that the caller has not been told of, in as little room as they need.
///
/// However many rebalances happen while nobody asks, this holds each partition at most twice: once to be taken away, if
/// the caller believes to have it, and once to be given, if it is assigned now.
struct AssignmentChanges {
    private var lost: Set<TopicPartition> = []
    private var revoked: Set<TopicPartition> = []
    private var assigned: Set<TopicPartition> = []

    var isEmpty: Bool { lost.isEmpty && revoked.isEmpty && assigned.isEmpty }

    mutating func assign(_ partitions: [TopicPartition]) {
        assigned.formUnion(partitions)
    }

    /// - Parameter areLost: whether the partitions went without being given up.
    mutating func unassign(_ partitions: [TopicPartition], areLost: Bool) {
        for partition in partitions where assigned.remove(partition) == nil {
            // A partition that the caller was never told to have is not worth a word.
            if areLost { lost.insert(partition) } else { revoked.insert(partition) }
        }
    }

    /// Takes the next event out: first what is taken away, then what is given.
    mutating func next() -> KafkaConsumerEvent? {
        if !lost.isEmpty { return .lost(Self.takeAll(&lost)) }
        if !revoked.isEmpty { return .revoked(Self.takeAll(&revoked)) }
        if !assigned.isEmpty { return .assigned(Self.takeAll(&assigned)) }
        return nil
    }

    private static func takeAll(_ partitions: inout Set<TopicPartition>) -> [TopicPartition] {
        defer { partitions = [] }
        return partitions.sorted()
    }
}
