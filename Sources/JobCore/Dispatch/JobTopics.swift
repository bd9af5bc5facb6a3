public import Kafka
public import Logging
public import ServiceLifecycle

/// An installation's names in Kafka: a topic for the records of each priority, one for dead letters, and the workers' consumer groups.
/// Names of tenants and queues are no part of them, so their number does not grow and no two collide.
public struct JobTopics: Hashable, Sendable {
    private static let maxPrefixLength = 200

    private let prefix: String

    /// The topics of an installation that does not share its Kafka with another one.
    public init() {
        prefix = "queueflow"
    }

    /// Topics whose names begin with a text of one's own; nil when they could not.
    public init?(prefix: String) {
        guard (1...Self.maxPrefixLength).contains(prefix.utf8.count), prefix.utf8.allSatisfy(QueueName.allows) else {
            return nil
        }
        self.prefix = prefix
    }

    /// The topic that tells of jobs of a priority.
    public func name(of priority: Priority) -> String { "\(prefix).jobs.\(priority.rawValue)" }

    /// The topic that tells of jobs that died.
    public var deadLetters: String { "\(prefix).dead-letters" }

    /// What the names of the workers' consumer groups begin with.
    public var workers: String { "\(prefix)-workers" }

    /// The topics that workers consume.
    public var jobs: [String] { Priority.allCases.map(name(of:)) }

    /// The priority of the jobs that a topic tells of; nil for other topics.
    public func priority(of topic: String) -> Priority? { Priority.allCases.first { name(of: $0) == topic } }
}

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
