/// What was being done when an error arose, in the words that an error's text uses.
public struct KafkaOperation: Hashable, Sendable, CustomStringConvertible {
    /// The words that follow "could not", such as "deliver a record".
    public let description: String

    /// A client was being set up.
    public static let configure = KafkaOperation(description: "set up the Kafka client")
    /// A record was being written.
    public static let deliver = KafkaOperation(description: "deliver a record")
    /// The consumer was joining, reading or keeping its place in the group.
    public static let consume = KafkaOperation(description: "consume")
    /// The set of subscribed topics was being changed.
    public static let subscribe = KafkaOperation(description: "subscribe")
    /// Reading was being paused or resumed.
    public static let pause = KafkaOperation(description: "pause or resume reading")
    /// The reading position was being moved.
    public static let seek = KafkaOperation(description: "seek")
    /// Stored offsets were being committed.
    public static let commit = KafkaOperation(description: "commit offsets")
    /// Partitions were being taken over or given up.
    public static let rebalance = KafkaOperation(description: "follow a rebalance")
    /// Topics were being made.
    public static let createTopics = KafkaOperation(description: "create topics")
    /// Topics and partitions were being looked up.
    public static let describeTopics = KafkaOperation(description: "describe topics")
    /// A consumer group's lag was being measured.
    public static let measureLag = KafkaOperation(description: "measure the lag of a consumer group")
    /// The client was being closed.
    public static let close = KafkaOperation(description: "close the Kafka client")
    /// The in-process mock broker was being set up or told what to do.
    public static let mock = KafkaOperation(description: "run the mock broker")
}
