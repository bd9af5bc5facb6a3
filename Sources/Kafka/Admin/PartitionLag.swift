/// How far a consumer group is behind in one partition.
public struct PartitionLag: Hashable, Sendable {
    /// The partition.
    public let topicPartition: TopicPartition
    /// The offset of the next record the group reads, as committed; nil if it has committed none.
    public let committed: Int64?
    /// The offset of the oldest record that is still there.
    public let start: Int64
    /// The offset that the next record will get.
    public let end: Int64

    /// Describes a lag.
    public init(topicPartition: TopicPartition, committed: Int64?, start: Int64, end: Int64) {
        self.topicPartition = topicPartition
        self.committed = committed
        self.start = start
        self.end = end
    }

    /// How many records the group has yet to read; without a committed offset, all that are there.
    public var records: Int64 {
        max(0, end - max(start, committed ?? start))
    }
}
