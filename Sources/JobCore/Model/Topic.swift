/// A line of records in Kafka: one for each tenant, queue and priority that is used.
public struct Topic: Hashable, Sendable, CustomStringConvertible {
    /// Whose jobs.
    public var tenant: TenantName
    /// Which queue's.
    public var queue: QueueName
    /// How urgent.
    public var priority: Priority

    /// A topic for jobs of one kind.
    public init(tenant: TenantName, queue: QueueName, priority: Priority) {
        self.tenant = tenant
        self.queue = queue
        self.priority = priority
    }

    /// Reads a topic's name; nil when it is not one of ours.
    public init?(name: some StringProtocol) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == "qf", let priority = Priority(rawValue: String(parts[parts.count - 1])),
            let tenant = try? TenantName(String(parts[1])),
            let queue = try? QueueName(parts[2..<(parts.count - 1)].joined(separator: "."))
        else { return nil }
        self.init(tenant: tenant, queue: queue, priority: priority)
    }

    /// The name Kafka knows: `qf.<tenant>.<queue>.<priority>`. Neither tenant nor priority has a dot, so it is unambiguous.
    public var name: String {
        "qf.\(tenant).\(queue).\(priority.rawValue)"
    }

    /// The name Kafka knows.
    public var description: String { name }
}
