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

    /// Whether the same call may succeed when it is made again later, with nothing changed on this side.
    ///
    /// For a broker's codes this is the column "retriable" of the protocol's table of error codes; for librdkafka's it
    /// holds where the cause lies outside this process or passes by itself.
    public var isRetriable: Bool { Self.retriable.contains(rawValue) }

    private static let retriable: Set<Int32> = [
        // librdkafka: transport, resolve, delivery timeout, all brokers down, timed out, queue full, too few replicas,
        // waiting for the coordinator, busy, outdated, timed out in queue, waiting for the cache, interrupted, retry,
        // purged from the queue, purged in flight.
        -195, -193, -192, -187, -185, -184, -183, -180, -178, -177, -167, -166, -164, -163, -153, -152, -151,
        // The protocol, "retriable: true".
        2, 3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 60, 70, 71, 72, 74, 75, 78, 80, 83, 88, 89,
        // A rebalance passes by itself, though the protocol leaves it to the group's own rules.
        27,
        // This module: a thread may be had once others have ended.
        1_000_002,
    ]
}
