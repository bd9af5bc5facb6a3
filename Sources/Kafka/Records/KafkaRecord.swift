/// A record as a consumer receives it.
public struct KafkaRecord: Hashable, Sendable {
    /// The topic it was read from.
    public let topic: String
    /// The partition it was read from.
    public let partition: Int32
    /// Its place in the partition; the offset to store once it is dealt with is `offset + 1`.
    public let offset: Int64
    /// When the producer made it or the broker appended it, in milliseconds since 1970; nil if the record has no time.
    public let timestamp: Int64?
    /// The key that chose the partition, or nil for a record without one.
    public let key: [UInt8]?
    /// The payload; a null value (a tombstone) reads as empty.
    public let value: [UInt8]
    /// The headers in the order they were written.
    public let headers: [KafkaHeader]

    /// Makes a record, for example for a test.
    public init(
        topic: String,
        partition: Int32,
        offset: Int64,
        timestamp: Int64? = nil,
        key: [UInt8]? = nil,
        value: [UInt8],
        headers: [KafkaHeader] = []
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// The topic and partition it was read from.
    public var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }
}
