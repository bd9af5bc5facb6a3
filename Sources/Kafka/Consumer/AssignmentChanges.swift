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
