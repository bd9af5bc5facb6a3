/// A topic and its partitions, as the brokers describe them.
public struct TopicDescription: Hashable, Sendable {
    /// The topic's name.
    public let name: String
    /// The partitions, by number.
    public let partitions: [PartitionDescription]

    /// Describes a topic.
    public init(name: String, partitions: [PartitionDescription]) {
        self.name = name
        self.partitions = partitions
    }
}

/// One partition of a topic and the brokers that hold it.
public struct PartitionDescription: Hashable, Sendable {
    /// The partition's number, counted from 0.
    public let id: Int32
    /// The broker that takes writes; nil while there is none.
    public let leader: Int32?
    /// The brokers that hold a copy.
    public let replicas: [Int32]
    /// The brokers whose copy is up to date.
    public let inSyncReplicas: [Int32]

    /// Describes a partition.
    public init(id: Int32, leader: Int32?, replicas: [Int32], inSyncReplicas: [Int32]) {
        self.id = id
        self.leader = leader
        self.replicas = replicas
        self.inSyncReplicas = inSyncReplicas
    }
}

/// A topic to be created.
public struct TopicSpecification: Hashable, Sendable {
    /// The topic's name.
    public let name: String
    /// How many partitions it gets.
    public let partitions: Int
    /// How many brokers hold a copy of each partition.
    public let replication: Int
    /// Topic settings by name, such as `retention.ms`; what is left out is the broker's default.
    public let configuration: [String: String]

    /// Describes a topic to be created.
    public init(name: String, partitions: Int, replication: Int = 1, configuration: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.configuration = configuration
    }
}

/// What became of a topic that was to be created.
public enum TopicCreation: Hashable, Sendable {
    /// It was created.
    case created
    /// It is there already, perhaps with other settings.
    case alreadyExists
    /// The broker has no means to create topics; it makes them by itself when they are first used, or not at all.
    case unsupported
    /// It could not be created.
    case failed(KafkaError)
}
