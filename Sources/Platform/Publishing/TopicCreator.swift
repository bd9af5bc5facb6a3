public import JobCore
public import Kafka
public import Logging
public import ServiceLifecycle

/// Sees to it that the topics are there, for as long as the process runs. A broker that cannot make topics on request makes them when
/// they are first used.
public struct TopicCreator: Service {
    /// How often topics are looked after: a Kafka that lost them gets them back.
    private static let interval = Duration.seconds(15)

    private let admin: KafkaAdmin
    private let topics: [TopicSpecification]
    private let logger: Logger

    /// Makes the topics through an admin client.
    ///
    /// - Parameter partitions: How many partitions each gets. The replication is left to the brokers.
    public init(admin: KafkaAdmin, topics: JobTopics, partitions: Int, logger: Logger) {
        self.admin = admin
        self.topics = (topics.jobs + [topics.deadLetters]).map {
            TopicSpecification(name: $0, partitions: partitions, replication: -1)
        }
        self.logger = logger
    }

    /// Makes what is missing now and then, until graceful shutdown.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var lastError: String?
            while !Task.isCancelled {
                var error: String?
                for (topic, result) in zip(self.topics, await self.admin.createTopics(self.topics)) {
                    switch result {
                    case .created:
                        self.logger.info(
                            "a topic was made",
                            metadata: ["topic": "\(topic.name)", "partitions": "\(topic.partitions)"]
                        )
                    case .alreadyExists, .unsupported: break
                    case .failed(let reason): error = "\(reason)"
                    }
                }
                if let error, error != lastError {
                    self.logger.warning("topics cannot be made", metadata: ["error": "\(error)"])
                }
                lastError = error
                try? await Task.sleep(for: error == nil ? Self.interval : .seconds(1))
            }
        }
    }
}
