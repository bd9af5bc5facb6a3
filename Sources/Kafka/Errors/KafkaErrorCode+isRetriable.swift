extension KafkaErrorCode {
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
