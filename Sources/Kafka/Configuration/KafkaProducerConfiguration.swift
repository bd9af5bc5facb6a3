/// How a ``KafkaProducer`` behaves.
public struct KafkaProducerConfiguration: Sendable {
    /// How to reach the cluster.
    public var connection: KafkaConnection
    /// Whether a record that is sent again, as its acknowledgement was lost, is stored once all the same, and records of a partition stay in
    /// the order of sending. It costs: while some records of a partition are on their way no others of it are sent, and librdkafka's thread
    /// does not sleep while they wait (as of 2.0).
    public var isIdempotent: Bool
    /// How batches are compressed.
    public var compression: KafkaCompression
    /// How long a record may wait for others to share its request: a batch sent at once is not delayed by more than this.
    public var linger: Duration
    /// How long a record may take from `send` to its acknowledgement, retries included, before it fails.
    public var deliveryTimeout: Duration
    /// How many records may be queued or in flight; past it, senders wait.
    public var maxQueuedRecords: Int
    /// How many kilobytes (1024 bytes) of records may be queued or in flight; past it, senders wait.
    public var maxQueuedKilobytes: Int
    /// The largest request, and so about the largest record, in bytes (`message.max.bytes`).
    public var maxRequestBytes: Int
    /// How long ``KafkaProducer/close()`` waits for records that are not acknowledged yet.
    public var closeTimeout: Duration

    /// Describes a producer that waits for all in-sync replicas.
    public init(
        connection: KafkaConnection,
        isIdempotent: Bool = true,
        compression: KafkaCompression = .lz4,
        linger: Duration = .milliseconds(1),
        deliveryTimeout: Duration = .seconds(30),
        maxQueuedRecords: Int = 100_000,
        maxQueuedKilobytes: Int = 65_536,
        maxRequestBytes: Int = 1_000_000,
        closeTimeout: Duration = .seconds(10)
    ) {
        self.connection = connection
        self.isIdempotent = isIdempotent
        self.compression = compression
        self.linger = linger
        self.deliveryTimeout = deliveryTimeout
        self.maxQueuedRecords = maxQueuedRecords
        self.maxQueuedKilobytes = maxQueuedKilobytes
        self.maxRequestBytes = maxRequestBytes
        self.closeTimeout = closeTimeout
    }

    /// Throws if the settings contradict each other.
    func check() throws(KafkaError) {
        // A record that fits a request but never the empty queue would wait for room for ever.
        guard maxQueuedKilobytes * 1024 >= maxRequestBytes else {
            throw KafkaError(
                code: .invalidArgument,
                operation: .configure,
                subject: "maxQueuedKilobytes",
                reason:
                    "\(maxQueuedKilobytes) kB of queue cannot hold one request of maxRequestBytes (\(maxRequestBytes))"
            )
        }
        guard maxQueuedRecords > 0 else {
            throw KafkaError(
                code: .invalidArgument,
                operation: .configure,
                subject: "maxQueuedRecords",
                reason: "\(maxQueuedRecords) is not a positive number"
            )
        }
    }

    /// The librdkafka properties, in the order in which they are to be set.
    var properties: [KafkaProperty] {
        connection.properties + [
            KafkaProperty("enable.idempotence", isIdempotent ? "true" : "false"),
            KafkaProperty("acks", "all"),
            // The Java client's partitioner, so that a key means the same partition for every producer.
            KafkaProperty("partitioner", "murmur2_random"),
            KafkaProperty("compression.type", compression.name),
            KafkaProperty("linger.ms", milliseconds: linger),
            KafkaProperty("message.timeout.ms", milliseconds: deliveryTimeout),
            KafkaProperty("queue.buffering.max.messages", String(maxQueuedRecords)),
            KafkaProperty("queue.buffering.max.kbytes", String(maxQueuedKilobytes)),
            KafkaProperty("message.max.bytes", String(maxRequestBytes)),
        ] + connection.additionalProperties
    }
}

/// How a producer compresses its batches.
public struct KafkaCompression: Hashable, Sendable {
    let name: String

    /// Sends batches as they are.
    public static let none = KafkaCompression(name: "none")
    /// Compresses with LZ4: little work for about half the bytes of JSON.
    public static let lz4 = KafkaCompression(name: "lz4")
    /// Compresses with Zstandard: more work, fewer bytes.
    public static let zstd = KafkaCompression(name: "zstd")
}
