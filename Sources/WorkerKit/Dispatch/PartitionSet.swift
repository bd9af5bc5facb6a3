import Foundation
import JobCore
import Kafka

/// The partitions this worker consumes, and what the consumer is to be told about them.
struct PartitionSet {
    private struct Assigned {
        var number: UInt64
        var tracker = PartitionTracker()
        var isPaused = false
    }

    private var assigned: [TopicPartition: Assigned] = [:]
    private var assignments: UInt64 = 0
    private var paused: Set<Topic> = []
    private var commands = ConsumerCommands()

    mutating func assign(_ partitions: [TopicPartition]) {
        for partition in partitions {
            assignments += 1
            assigned[partition] = Assigned(number: assignments)
        }
        for topic in paused {
            setPaused(topic, true)
        }
    }

    mutating func revoke(_ partitions: [TopicPartition]) {
        for partition in partitions {
            assigned[partition] = nil
            commands.pause[partition] = nil
            commands.store[partition] = nil
        }
    }

    /// Notes a record; nil when its partition is not ours, so that the record is to be passed over.
    mutating func received(_ source: RecordSource, queuedAt: Date) -> RecordSource? {
        guard let number = assigned[source.partition]?.number else { return nil }
        assigned[source.partition]?.tracker.received(offset: source.offset, queuedAt: queuedAt)
        return RecordSource(partition: source.partition, assignment: number, offset: source.offset)
    }

    mutating func reachedEnd(of partition: TopicPartition, at offset: Int64) {
        assigned[partition]?.tracker.reachedEnd(at: offset)
    }

    /// Whether the partition is still ours, without having been somebody else's meanwhile.
    func isCurrent(_ source: RecordSource) -> Bool {
        assigned[source.partition]?.number == source.assignment
    }

    mutating func settled(_ source: RecordSource) {
        guard isCurrent(source) else { return }
        if let storable = assigned[source.partition]?.tracker.settled(offset: source.offset) {
            commands.store[source.partition] = storable
        }
    }

    mutating func pause(_ topic: Topic) {
        if paused.insert(topic).inserted {
            setPaused(topic, true)
        }
    }

    mutating func resume(_ topic: Topic) {
        if paused.remove(topic) != nil {
            setPaused(topic, false)
        }
    }

    mutating func takeCommands() -> ConsumerCommands {
        defer { commands = ConsumerCommands() }
        return commands
    }

    func progress() -> [PartitionProgress] {
        assigned.compactMap { partition, state in
            if let since = state.tracker.earliestUnsettled {
                PartitionProgress(partition: partition, through: .unsettled(since: since))
            } else if !state.isPaused, let position = state.tracker.position {
                PartitionProgress(partition: partition, through: .settled(position: position))
            } else {
                nil
            }
        }
    }

    private mutating func setPaused(_ topic: Topic, _ isPaused: Bool) {
        let name = topic.name
        for (partition, state) in assigned where partition.topic == name && state.isPaused != isPaused {
            assigned[partition]?.isPaused = isPaused
            commands.pause[partition] = isPaused
        }
    }
}
