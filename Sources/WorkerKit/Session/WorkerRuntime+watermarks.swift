import JobCore
import Kafka
import Logging
import Synchronization

extension WorkerRuntime {
    /// How far each partition has been consumed, as heartbeats report it.
    ///
    /// For partitions all of whose records are settled Kafka is asked where they end, in one round trip for all: only that
    /// tells an idle partition from one whose records are late.
    func watermarks() async -> [ControlWatermark] {
        let progress = state.withLock { $0.progress() }
        var positions: [TopicPartition: Int64] = [:]
        var watermarks: [ControlWatermark] = []
        for partition in progress {
            switch partition.through {
            case .unsettled(let since):
                watermarks.append(ControlWatermark(partition.partition, .queuedAt(since.microsecondsSince1970)))
            case .settled(let position):
                positions[partition.partition] = position
            }
        }
        guard !positions.isEmpty else { return watermarks }
        let asked = ContinuousClock.now
        do {
            let ends = try await admin.endOffsets(of: Array(positions.keys), timeout: .seconds(2))
            let age = UInt64(max(0, (ContinuousClock.now - asked).wholeMilliseconds)) + 1
            for (partition, end) in ends where positions[partition] == end {
                watermarks.append(ControlWatermark(partition, .ageMs(age)))
            }
        } catch {
            logger.debug("the ends of partitions are not known", metadata: ["error": "\(error)"])
        }
        return watermarks
    }
}

extension ControlWatermark {
    fileprivate init(_ partition: TopicPartition, _ through: OneOf_Through) {
        self.init()
        topic = partition.topic
        self.partition = partition.partition
        self.through = through
    }
}
