import Kafka

/// Where a record came from, so that it can be settled.
struct RecordSource: Hashable, Sendable {
    var partition: TopicPartition
    /// Tells one assignment of the partition from the next.
    var assignment: UInt64
    var offset: Int64
}
