/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable {
    /// The topic's name.
    public let topic: String
    /// The partition's number, counted from 0.
    public let partition: Int32

    /// Names one partition of one topic.
    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

extension TopicPartition: CustomStringConvertible {
    /// The notation of Kafka's own tools: `topic-partition`.
    public var description: String { "\(topic)-\(partition)" }
}

extension TopicPartition: Comparable {
    /// Orders by topic, then by partition.
    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// The rule for the name of a topic.
enum TopicName {
    /// Says what is wrong with a topic's name, or nil if it is legal.
    ///
    /// The rule is Kafka's own (`org.apache.kafka.common.internals.Topic`): 1 to 249 characters of `a-z A-Z 0-9 . _ -`,
    /// and neither `.` nor `..`. It also keeps out a leading `^`, which librdkafka would take for a regular expression.
    static func fault(of name: String) -> String? {
        if name.isEmpty { return "the name is empty" }
        if name == "." || name == ".." { return "'.' and '..' are not allowed" }
        if name.utf8.count > 249 { return "it has \(name.utf8.count) characters, and 249 is the most" }
        let isLegal = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default:
                false
            }
        }
        return isLegal ? nil : "only the letters a-z and A-Z, digits, '.', '_' and '-' are allowed"
    }

    /// Throws if a topic's name is not legal.
    static func check(_ name: String, for operation: KafkaOperation) throws(KafkaError) {
        if let fault = fault(of: name) {
            throw KafkaError(code: .invalidArgument, operation: operation, subject: "topic '\(name)'", reason: fault)
        }
    }
}
