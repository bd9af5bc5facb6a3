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

/// A record to be written to a topic.
public struct ProducerRecord: Hashable, Sendable {
    /// The topic to write to.
    public let topic: String
    /// The key; records with the same key go to the same partition and stay in order. Nil spreads records evenly.
    public let key: [UInt8]?
    /// The payload.
    public let value: [UInt8]
    /// The partition to write to, or nil to let the key decide (murmur2, as the Java client does).
    public let partition: Int32?
    /// Names and values that travel beside the payload.
    public let headers: [KafkaHeader]

    /// Describes a record to be written.
    public init(
        topic: String,
        key: [UInt8]? = nil,
        value: [UInt8],
        partition: Int32? = nil,
        headers: [KafkaHeader] = []
    ) {
        self.topic = topic
        self.key = key
        self.value = value
        self.partition = partition
        self.headers = headers
    }
}

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

/// A name and a value that travel beside a record's own value.
public struct KafkaHeader: Hashable, Sendable {
    /// The header's name; a record may hold a name several times.
    public let name: String
    /// The header's bytes; nil is a null value, which Kafka tells apart from an empty one.
    public let value: [UInt8]?

    /// Makes a header of raw bytes.
    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// Makes a header of text, as UTF-8.
    public init(name: String, text: String) {
        self.init(name: name, value: Array(text.utf8))
    }
}
