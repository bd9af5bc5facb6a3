public import Postgres

/// Keeps which topics there are.
public struct TopicStore: Sendable {
    /// The channel on which a new topic is announced, and that something was said about a queue.
    public static let channel = "qf_topics"

    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Every topic there is.
    public func all() async throws -> [KnownTopic] {
        try await pool.query(Statements.topics).map { row in
            KnownTopic(
                id: try row.decode("id", as: Int32.self),
                topic: Topic(
                    tenant: TenantName(validated: try row.decode("tenant", as: String.self)),
                    queue: QueueName(validated: try row.decode("queue", as: String.self)),
                    priority: try row.decode("priority", as: Priority.self)
                ),
                partitions: try row.decode("partitions", as: Int32?.self),
                isPaused: try row.decode("paused", as: Bool.self)
            )
        }
    }

    /// Notes how many partitions Kafka says topics have.
    public func setPartitions(_ counts: [(id: Int32, partitions: Int32)]) async throws {
        _ = try await pool.query(Statements.setPartitions, counts.map(\.id), counts.map(\.partitions))
    }
}

/// A topic on record.
public struct KnownTopic: Hashable, Sendable {
    /// The key of its row.
    public var id: Int32
    /// The topic.
    public var topic: Topic
    /// How many partitions Kafka was last seen to have for it; nil when that is not known yet.
    public var partitions: Int32?
    /// Whether its queue is paused.
    public var isPaused: Bool
}
