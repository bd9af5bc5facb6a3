/// Where a record that every in-sync replica has acknowledged is stored.
public struct Delivery: Hashable, Sendable {
    /// The partition that took the record.
    public let topicPartition: TopicPartition
    /// The record's offset in that partition.
    public let offset: Int64

    /// Describes where a record was stored.
    public init(topicPartition: TopicPartition, offset: Int64) {
        self.topicPartition = topicPartition
        self.offset = offset
    }
}
