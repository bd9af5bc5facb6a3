public import Foundation

/// Through which `queued_at` every record of a partition has been claimed or refused.
public struct Watermark: Hashable, Sendable {
    /// How it is known.
    public enum Through: Hashable, Sendable {
        /// Records wait; all that were queued before this time, by the database's clock, are through.
        case queuedAt(Date)
        /// The partition's end was reached so long ago. An age, so that clocks need not agree.
        case endReached(ago: Duration)
    }

    /// Of which topic.
    public var topic: Topic
    /// Of which partition.
    public var partition: Int32
    /// How far.
    public var through: Through

    /// A watermark of a partition.
    public init(topic: Topic, partition: Int32, through: Through) {
        self.topic = topic
        self.partition = partition
        self.through = through
    }

    var queuedAt: Date? {
        if case .queuedAt(let time) = through { time } else { nil }
    }

    var age: Duration? {
        if case .endReached(let age) = through { age } else { nil }
    }
}
