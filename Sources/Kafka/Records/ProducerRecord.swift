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
