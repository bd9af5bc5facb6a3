import Concurrency

/// What every kind of client needs to reach a cluster.
public struct KafkaConnection: Sendable {
    /// The brokers to ask first, as `host:port`, separated by commas; they name the others.
    public var brokers: String
    /// The name under which the brokers' logs and quotas know this client.
    public var clientID: String
    /// The longest wait between two attempts to reconnect; the first is 100 ms, then it doubles.
    public var reconnectBackoffMax: Duration
    /// Any further librdkafka property, such as `security.protocol`, `sasl.username` or `ssl.ca.location`.
    ///
    /// These are applied last, so they may override what this module sets; the names are in librdkafka's
    /// CONFIGURATION.md. Values never appear in logs or errors.
    public var additional: [String: String]

    /// Describes how to reach a cluster.
    public init(
        brokers: String,
        clientID: String = "queueflow",
        reconnectBackoffMax: Duration = .seconds(1),
        additional: [String: String] = [:]
    ) {
        self.brokers = brokers
        self.clientID = clientID
        self.reconnectBackoffMax = reconnectBackoffMax
        self.additional = additional
    }

    /// The librdkafka properties that follow from it, in the order in which they are to be set.
    var properties: [KafkaProperty] {
        [
            KafkaProperty("bootstrap.servers", brokers),
            KafkaProperty("client.id", clientID),
            KafkaProperty("reconnect.backoff.ms", milliseconds: min(.milliseconds(100), reconnectBackoffMax)),
            KafkaProperty("reconnect.backoff.max.ms", milliseconds: reconnectBackoffMax),
            // Small requests go out at once; batching is decided by linger and fetch settings, not by TCP.
            KafkaProperty("socket.nagle.disable", "true"),
        ]
    }

    /// The passthrough properties in a stable order.
    var additionalProperties: [KafkaProperty] {
        additional.sorted { $0.key < $1.key }.map { KafkaProperty($0.key, $0.value) }
    }
}

/// One librdkafka property and its value.
struct KafkaProperty: Equatable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    init(_ name: String, milliseconds value: Duration) {
        self.init(name, String(value.millisecondsRoundedUp))
    }
}

extension Duration {
    /// The duration in milliseconds for a C call, rounded up, at least 0 and at most `Int32.max`.
    var clampedMilliseconds: Int32 { Int32(clamping: max(0, millisecondsRoundedUp)) }
}
