import Kafka

/// What the consumer is to be told, gathered while the state was locked.
struct ConsumerCommands: Sendable {
    /// Whether partitions are to be paused (true) or resumed. The last word counts.
    var pause: [TopicPartition: Bool] = [:]
    /// The offsets to store. The last word counts.
    var store: [TopicPartition: Int64] = [:]

    var isEmpty: Bool { pause.isEmpty && store.isEmpty }
}
