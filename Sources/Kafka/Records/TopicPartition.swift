/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable {
    /// The topic's name.
    public let topic: String
    /// The partition's number, counted from 0.
    public let partition: Int32

    /// Names one partition of one topic.
    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

extension TopicPartition: CustomStringConvertible {
    /// The notation of Kafka's own tools: `topic-partition`.
    public var description: String { "\(topic)-\(partition)" }
}

extension TopicPartition: Comparable {
    /// Orders by topic, then by partition.
    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}
