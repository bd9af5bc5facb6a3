/// A line of work that workers subscribe to.
public struct QueueName: ValidatedName {
    /// Leaves room in Kafka's 249 characters for the tenant and the priority.
    public static let maxLength = 100
    /// What it is called.
    public static let kind = "queue name"
    /// The queue of jobs that name none.
    public static let `default` = QueueName(validated: "default")

    /// The name's text.
    public let rawValue: String

    /// Takes text that was found valid.
    public init(validated: String) {
        rawValue = validated
    }
}
