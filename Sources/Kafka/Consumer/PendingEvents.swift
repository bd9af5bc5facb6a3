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
