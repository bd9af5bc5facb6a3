/// What ``KafkaConsumer/nextEvents(max:)`` reports.
public enum KafkaConsumerEvent: Hashable, Sendable {
    /// A record to be dealt with.
    case record(KafkaRecord)
    /// Every record before `offset` has been handed over and there is no further one yet.
    ///
    /// Reported each time the end is reached, also for an empty partition.
    case endOfPartition(TopicPartition, offset: Int64)
    /// Partitions that this consumer reads from now on; they are not paused.
    case assigned([TopicPartition])
    /// Partitions that another member may read from now on.
    ///
    /// Stored offsets were committed before they were given up; storing offsets for them is refused.
    case revoked([TopicPartition])
    /// Partitions that another member may have been reading for a while, because this consumer dropped out of the group.
    ///
    /// Offsets stored since then may not have been committed, so their records will be handed over again.
    case lost([TopicPartition])
    /// Something went wrong that the consumer recovers from by itself, such as a broker that is away.
    case error(KafkaError)
}
