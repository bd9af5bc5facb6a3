public import Kafka
public import Logging
import Synchronization

/// Sees to it that a topic exists in Kafka before anything is published to it or subscribed.
public final class TopicCreator: Sendable {
    private let admin: KafkaAdmin
    private let partitions: Int
    private let logger: Logger
    private let known = Mutex<Set<String>>([])

    /// Makes topics through an admin client.
    ///
    /// - Parameter partitions: How many partitions a new topic gets.
    public init(admin: KafkaAdmin, partitions: Int, logger: Logger) {
        self.admin = admin
        self.partitions = partitions
        self.logger = logger
    }

    /// Creates the topics that this process has not yet seen. When Kafka is away they are tried again next time: whoever
    /// publishes meanwhile is not held up, as the watermark rule repairs what gets lost.
    public func ensure(_ topics: some Sequence<Topic>) async {
        await ensure(names: Set(topics).map(\.name))
    }

    /// Creates the topics of those names that this process has not yet seen; see ``ensure(_:)``.
    public func ensure(names: [String]) async {
        let missing = known.withLock { known in Set(names).subtracting(known) }
        guard !missing.isEmpty else { return }
        let ordered = Array(missing)
        // A replication of -1 leaves it to the brokers.
        let results = await admin.createTopics(
            ordered.map { TopicSpecification(name: $0, partitions: partitions, replication: -1) }
        )
        for (topic, result) in zip(ordered, results) {
            switch result {
            case .created, .alreadyExists, .unsupported:
                _ = known.withLock { $0.insert(topic) }
            case .failed(let error):
                logger.warning("a topic could not be created", metadata: ["topic": "\(topic)", "error": "\(error)"])
            }
        }
    }
}
