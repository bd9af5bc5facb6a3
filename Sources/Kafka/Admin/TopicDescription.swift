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
