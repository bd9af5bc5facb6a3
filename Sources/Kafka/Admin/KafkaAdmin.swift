public import Logging

/// Creates and describes topics, and measures how far consumer groups are behind.
///
/// Calls are made one after the other on a thread of its own. Cancelling the task does not shorten a call; its timeout does.
public final class KafkaAdmin: Sendable {
    private let handle: RDKafkaHandle
    private let calls: BlockingCalls

    /// Sets up a client; it connects in the background, so brokers need not be up yet.
    ///
    /// - Throws: ``KafkaError`` that names the setting that is not usable.
    public init(connection: KafkaConnection, logger: Logger) throws(KafkaError) {
        // So that looking at a topic never makes it.
        let quiet = [KafkaProperty("allow.auto.create.topics", "false")]
        let properties = connection.properties + quiet + connection.additionalProperties
        handle = try RDKafkaHandle(.producer, properties: properties, logger: logger)
        calls = try BlockingCalls()
    }

    /// Creates topics.
    ///
    /// - Parameters:
    ///   - topics: what to create.
    ///   - timeout: how long the brokers may take.
    /// - Returns: what became of each topic, in the order given. A broker that cannot create topics at all is found out at
    ///   once.
    public func createTopics(_ topics: [TopicSpecification], timeout: Duration = .seconds(10)) async -> [TopicCreation]
    {
        await calls.run { [handle] in handle.createTopics(topics, timeout: timeout) }
    }

    /// The names of all topics, in alphabetical order.
    ///
    /// - Throws: ``KafkaError`` if no broker answers in time.
    public func listTopics(timeout: Duration = .seconds(10)) async throws(KafkaError) -> [String] {
        let cluster = try await calls.run { [handle] () throws(KafkaError) in
            try handle.metadata(of: nil, timeout: timeout, operation: .describeTopics)
        }
        return cluster.topics.map(\.name).sorted()
    }

    /// Describes a topic; never creates it.
    ///
    /// - Throws: ``KafkaError`` with ``KafkaErrorCode/unknownTopicOrPartition`` if there is no such topic, or if no broker
    ///   answers in time.
    public func describe(topic: String, timeout: Duration = .seconds(10)) async throws(KafkaError) -> TopicDescription {
        try TopicName.check(topic, for: .describeTopics)
        return try await calls.run { [handle] () throws(KafkaError) in
            try handle.describe(topic: topic, timeout: timeout)
        }
    }

    /// Measures how far a consumer group is behind in topics.
    ///
    /// - Parameters:
    ///   - group: the consumer group.
    ///   - topics: the topics to look at; those that do not exist are left out.
    ///   - timeout: how long each of the three requests to the brokers may take.
    /// - Returns: one entry per partition, ordered by topic and partition.
    /// - Throws: ``KafkaError`` if the brokers do not answer in time.
    public func lag(
        of group: String,
        in topics: [String],
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> [PartitionLag] {
        try await calls.run { [handle] () throws(KafkaError) in
            try handle.lag(of: group, in: Set(topics), timeout: timeout)
        }
    }
}

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
