/// An installation's names in Kafka: a topic for the records of each priority, one for dead letters, and the workers' consumer groups.
/// Names of tenants and queues are no part of them, so their number does not grow and no two collide.
public struct JobTopics: Hashable, Sendable {
    private static let maxPrefixLength = 200

    package let prefix: String

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
