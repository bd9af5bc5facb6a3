import Foundation
import Kafka

/// How far a partition has been consumed.
struct PartitionProgress: Sendable {
    enum Through: Sendable {
        /// Records wait; the earliest was queued then.
        case unsettled(since: Date)
        /// All that came is settled. Whether more is there, only Kafka can say.
        case settled(position: Int64)
    }

    var partition: TopicPartition
    var through: Through
}
