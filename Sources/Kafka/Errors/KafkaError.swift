/// What went wrong, what was being done, to what, and what to do about it.
public struct KafkaError: Error, Hashable, Sendable {
    /// The cause.
    public let code: KafkaErrorCode
    /// What was being done.
    public let operation: KafkaOperation
    /// What it was done to, such as a topic or a setting; nil if it was about the client as a whole.
    public let subject: String?
    /// The cause in librdkafka's or the broker's words.
    public let reason: String
    /// Whether the client's handle is lost with this error.
    ///
    /// A producer makes itself a new handle (see ``KafkaProducer``); a consumer must be closed and made anew.
    public let isFatal: Bool

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: the cause.
    ///   - operation: what was being done.
    ///   - subject: what it was done to.
    ///   - reason: the cause in words; the code's own text if nil.
    ///   - isFatal: whether the client's handle is lost.
    public init(
        code: KafkaErrorCode,
        operation: KafkaOperation,
        subject: String? = nil,
        reason: String? = nil,
        isFatal: Bool = false
    ) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.reason = reason ?? code.text
        self.isFatal = isFatal
    }

    /// Whether the same call may succeed later with nothing changed on this side.
    ///
    /// A producer's fatal error is retriable, since the producer makes itself a new handle.
    public var isRetriable: Bool { code.isRetriable || (isFatal && operation == .deliver) }

    /// What a person can do about the error.
    public var advice: String {
        if isFatal {
            return operation == .deliver
                ? "The producer makes itself a new handle; send the record again, it may arrive twice."
                : "Close this client and make a new one."
        }
        switch code {
        case .closed:
            return "The client was closed; make a new one."
        case .cancelled:
            return "The waiting task was cancelled; a record that was already queued may still arrive."
        case .noThread:
            return "Raise the limit on threads (ulimit -u, or the container's pids limit)."
        case .invalidArgument:
            return "Correct the value."
        case .unsupported:
            return "This broker cannot do it; a development broker makes topics when they are first used."
        case .deliveryTimedOut, .timedOut, .transport, .allBrokersDown:
            return "Check that the brokers are running and can be reached from here under the address they advertise."
        case .resolve:
            return "Check the host names in the list of brokers."
        case .unknownTopic, .unknownTopicOrPartition, .unknownPartition:
            return "Check the topic's name and number of partitions, or create it; a new topic is found by itself."
        case .recordTooLarge:
            return "Send less, or raise message.max.bytes on the client, the topic and the broker alike."
        case .notEnoughReplicas:
            return "Bring the missing brokers back, or lower the topic's min.insync.replicas."
        case .authentication, .tls:
            return "Check the credentials and certificates in the client's configuration."
        case .topicAuthorizationFailed, .groupAuthorizationFailed:
            return "Give this principal the right in the broker's access control list."
        default:
            return isRetriable ? "It may pass by itself; try again." : "See the broker's log for this moment."
        }
    }
}

extension KafkaError: CustomStringConvertible {
    /// A sentence with the operation, the subject and the cause, and one with what to do.
    public var description: String {
        let about = subject.map { " (\($0))" } ?? ""
        return "Could not \(operation)\(about): \(reason) [\(code)]. \(advice)"
    }
}

/// What was being done when an error arose, in the words that an error's text uses.
public struct KafkaOperation: Hashable, Sendable, CustomStringConvertible {
    /// The words that follow "could not", such as "deliver a record".
    public let description: String

    /// A client was being set up.
    public static let configure = KafkaOperation(description: "set up the Kafka client")
    /// A record was being written.
    public static let deliver = KafkaOperation(description: "deliver a record")
    /// The consumer was joining, reading or keeping its place in the group.
    public static let consume = KafkaOperation(description: "consume")
    /// The set of subscribed topics was being changed.
    public static let subscribe = KafkaOperation(description: "subscribe")
    /// Reading was being paused or resumed.
    public static let pause = KafkaOperation(description: "pause or resume reading")
    /// The reading position was being moved.
    public static let seek = KafkaOperation(description: "seek")
    /// Stored offsets were being committed.
    public static let commit = KafkaOperation(description: "commit offsets")
    /// Partitions were being taken over or given up.
    public static let rebalance = KafkaOperation(description: "follow a rebalance")
    /// Topics were being made.
    public static let createTopics = KafkaOperation(description: "create topics")
    /// Topics and partitions were being looked up.
    public static let describeTopics = KafkaOperation(description: "describe topics")
    /// A consumer group's lag was being measured.
    public static let measureLag = KafkaOperation(description: "measure the lag of a consumer group")
    /// The client was being closed.
    public static let close = KafkaOperation(description: "close the Kafka client")
    /// The in-process mock broker was being set up or told what to do.
    public static let mock = KafkaOperation(description: "run the mock broker")
}
