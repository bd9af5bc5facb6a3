/// How a ``KafkaConsumer`` behaves.
public struct KafkaConsumerConfiguration: Sendable {
    /// Where to begin in a partition for which the group has no valid offset.
    public enum OffsetReset: String, Sendable {
        /// At the oldest record there is.
        case earliest
        /// At the end: only records that arrive from now on.
        case latest
    }

    /// How to reach the cluster.
    public var connection: KafkaConnection
    /// The consumer group; the group's members share the partitions.
    public var group: String
    /// Where to begin in a partition for which the group has no valid offset.
    public var autoOffsetReset: OffsetReset
    /// How long a broker holds a fetch back while it has nothing new.
    ///
    /// Apache Kafka answers as soon as a record arrives, so a long wait costs no latency. librdkafka's mock broker
    /// sleeps through the whole wait: see ``adaptToMockBroker()``.
    public var fetchWaitMax: Duration
    /// How long a member that falls silent keeps its partitions.
    public var sessionTimeout: Duration
    /// How often a member says that it is there; also how soon it learns of a rebalance.
    public var heartbeatInterval: Duration
    /// How often stored offsets are committed in the background.
    public var autoCommitInterval: Duration
    /// How many kilobytes (1024 bytes) of records may wait, fetched, for ``KafkaConsumer/nextEvents(max:)``.
    public var maxPrefetchedKilobytes: Int
    /// How many records may wait, fetched, for ``KafkaConsumer/nextEvents(max:)`` before fetching stops.
    public var maxPrefetchedRecords: Int
    /// How often topics are looked up anew, and so how soon a subscribed topic is found that did not exist before.
    public var metadataRefreshInterval: Duration
    /// Whether a subscription may make the broker create a missing topic; the broker must allow it too.
    public var autoCreateTopics: Bool
    /// Whether an offset counts as soon as its record is handed over, for records that may be lost: then ``KafkaConsumer/store(_:)`` need
    /// not be called.
    public var storesOffsetsOnReceipt: Bool
    /// Whether ends of partitions are reported.
    public var reportsEnds: Bool
    /// How long ``KafkaConsumer/close()`` waits for the last commit and for leaving the group.
    public var closeTimeout: Duration

    /// Describes a member of a consumer group.
    public init(
        connection: KafkaConnection,
        group: String,
        autoOffsetReset: OffsetReset = .earliest,
        fetchWaitMax: Duration = .milliseconds(500),
        sessionTimeout: Duration = .seconds(10),
        heartbeatInterval: Duration = .seconds(1),
        autoCommitInterval: Duration = .seconds(1),
        maxPrefetchedKilobytes: Int = 16_384,
        maxPrefetchedRecords: Int = 10_000,
        metadataRefreshInterval: Duration = .seconds(3),
        autoCreateTopics: Bool = false,
        storesOffsetsOnReceipt: Bool = false,
        reportsEnds: Bool = true,
        closeTimeout: Duration = .seconds(10)
    ) {
        self.connection = connection
        self.group = group
        self.autoOffsetReset = autoOffsetReset
        self.fetchWaitMax = fetchWaitMax
        self.sessionTimeout = sessionTimeout
        self.heartbeatInterval = heartbeatInterval
        self.autoCommitInterval = autoCommitInterval
        self.maxPrefetchedKilobytes = maxPrefetchedKilobytes
        self.maxPrefetchedRecords = maxPrefetchedRecords
        self.metadataRefreshInterval = metadataRefreshInterval
        self.autoCreateTopics = autoCreateTopics
        self.storesOffsetsOnReceipt = storesOffsetsOnReceipt
        self.reportsEnds = reportsEnds
        self.closeTimeout = closeTimeout
    }

    /// Sets what librdkafka's mock broker, and so `dev-broker`, needs to be quick.
    ///
    /// The mock broker never wakes a waiting fetch, so fetches wait 5 ms at most. It lets the first member of a group wait
    /// 3 s for others, and drops it if its session timeout is shorter; it lets a later one wait for the session timeout less
    /// one second: so the session timeout is 4 s. It makes every topic that is asked for.
    public mutating func adaptToMockBroker() {
        fetchWaitMax = .milliseconds(5)
        sessionTimeout = .seconds(4)
        heartbeatInterval = .milliseconds(200)
        autoCreateTopics = true
    }

    /// The librdkafka properties, in the order in which they are to be set.
    var properties: [KafkaProperty] {
        connection.properties + [
            KafkaProperty("group.id", group),
            KafkaProperty("auto.offset.reset", autoOffsetReset.rawValue),
            KafkaProperty("partition.assignment.strategy", "cooperative-sticky"),
            KafkaProperty("session.timeout.ms", milliseconds: sessionTimeout),
            KafkaProperty("heartbeat.interval.ms", milliseconds: heartbeatInterval),
            // A tenth of it while the coordinator is away: librdkafka's default would ask once a minute then.
            KafkaProperty("coordinator.query.interval.ms", "10000"),
            KafkaProperty("enable.auto.offset.store", storesOffsetsOnReceipt ? "true" : "false"),
            KafkaProperty("enable.auto.commit", "true"),
            KafkaProperty("auto.commit.interval.ms", milliseconds: autoCommitInterval),
            KafkaProperty("enable.partition.eof", reportsEnds ? "true" : "false"),
            KafkaProperty("fetch.wait.max.ms", milliseconds: fetchWaitMax),
            KafkaProperty("fetch.error.backoff.ms", "100"),
            KafkaProperty("queued.max.messages.kbytes", String(maxPrefetchedKilobytes)),
            KafkaProperty("queued.min.messages", String(maxPrefetchedRecords)),
            KafkaProperty("topic.metadata.refresh.interval.ms", milliseconds: metadataRefreshInterval),
            KafkaProperty("allow.auto.create.topics", autoCreateTopics ? "true" : "false"),
        ] + connection.additionalProperties
    }
}
