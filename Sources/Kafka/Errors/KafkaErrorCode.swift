/// What went wrong: an error code of the Kafka protocol, of librdkafka, or of this module.
///
/// Positive values below one million are the protocol's own, as a broker sends them
/// (https://kafka.apache.org/protocol#protocol_error_codes); negative values are found by librdkafka on this side;
/// values from one million up are this module's.
public struct KafkaErrorCode: RawRepresentable, Hashable, Sendable {
    /// The number of the code.
    public let rawValue: Int32

    /// Makes a code of its number.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The producer or consumer was closed.
    public static let closed = KafkaErrorCode(rawValue: 1_000_000)
    /// The waiting task was cancelled.
    public static let cancelled = KafkaErrorCode(rawValue: 1_000_001)
    /// The operating system refused a thread.
    public static let noThread = KafkaErrorCode(rawValue: 1_000_002)

    /// An argument or a setting is not usable.
    public static let invalidArgument = KafkaErrorCode(rawValue: -186)
    /// The broker cannot do what was asked.
    public static let unsupported = KafkaErrorCode(rawValue: -165)
    /// A record was not acknowledged within the delivery timeout.
    public static let deliveryTimedOut = KafkaErrorCode(rawValue: -192)
    /// A request was not answered in time.
    public static let timedOut = KafkaErrorCode(rawValue: -185)
    /// The connection to a broker broke or could not be made.
    public static let transport = KafkaErrorCode(rawValue: -195)
    /// The name of a broker could not be resolved.
    public static let resolve = KafkaErrorCode(rawValue: -193)
    /// No broker can be reached.
    public static let allBrokersDown = KafkaErrorCode(rawValue: -187)
    /// The local queue of records to be sent is full.
    public static let queueFull = KafkaErrorCode(rawValue: -184)
    /// The partition does not exist.
    public static let unknownPartition = KafkaErrorCode(rawValue: -190)
    /// The topic does not exist, as this client knows.
    public static let unknownTopic = KafkaErrorCode(rawValue: -188)
    /// The topic or partition does not exist, as the broker says.
    public static let unknownTopicOrPartition = KafkaErrorCode(rawValue: 3)
    /// The end of a partition was reached.
    public static let partitionEnd = KafkaErrorCode(rawValue: -191)
    /// The operation does not fit the state, for example a partition that is not assigned.
    public static let wrongState = KafkaErrorCode(rawValue: -172)
    /// No offset was stored, or none is known.
    public static let noOffset = KafkaErrorCode(rawValue: -168)
    /// The record was dropped from the local queue before it was sent.
    public static let purgedFromQueue = KafkaErrorCode(rawValue: -152)
    /// The record was given up after it was sent and before it was acknowledged.
    public static let purgedInFlight = KafkaErrorCode(rawValue: -151)
    /// The client's handle met an error that it cannot recover from.
    public static let fatal = KafkaErrorCode(rawValue: -150)
    /// The broker and this client could not agree on credentials.
    public static let authentication = KafkaErrorCode(rawValue: -169)
    /// The TLS handshake or a certificate failed.
    public static let tls = KafkaErrorCode(rawValue: -181)
    /// The record or batch is larger than the client or the broker allows.
    public static let recordTooLarge = KafkaErrorCode(rawValue: 10)
    /// The topic exists already.
    public static let topicAlreadyExists = KafkaErrorCode(rawValue: 36)
    /// Too few replicas are in sync for `acks=all`.
    public static let notEnoughReplicas = KafkaErrorCode(rawValue: 19)
    /// The principal may not use the topic.
    public static let topicAuthorizationFailed = KafkaErrorCode(rawValue: 29)
    /// The principal may not use the consumer group.
    public static let groupAuthorizationFailed = KafkaErrorCode(rawValue: 30)
    /// The idempotent producer's sequence numbers no longer fit the broker's.
    public static let outOfOrderSequence = KafkaErrorCode(rawValue: 45)
}
