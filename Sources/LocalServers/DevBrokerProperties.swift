/// What a worker needs to be quick with `dev-broker`, as the value of `KAFKA_PROPERTIES`.
///
/// librdkafka's mock cluster never wakes a fetch that waits, lets the first member of a group wait 3 s for others, and drops
/// one whose session timeout is shorter.
public enum DevBrokerProperties {
    /// For a worker's consumer.
    public static let worker =
        "fetch.wait.max.ms=5,session.timeout.ms=4000,heartbeat.interval.ms=200,allow.auto.create.topics=true"
}
