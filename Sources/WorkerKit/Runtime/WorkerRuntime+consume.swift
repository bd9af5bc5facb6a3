import Foundation
import JobCore
import Kafka
import Logging
import SwiftProtobuf
import Synchronization

extension WorkerRuntime {
    /// Takes what Kafka sends for as long as the task runs.
    func consume() async throws {
        health.setConsumer(true)
        while true {
            let events = try await consumer.nextEvents(max: 1_000)
            take(events)
            outbound.raise()
            consumerCommands.raise()
        }
    }

    /// Tells the consumer what the state asks for, one thing after the other, for as long as the task runs.
    func applyConsumerCommands() async {
        while !Task.isCancelled {
            await consumerCommands.wait()
            let commands = state.withLock { $0.takeConsumerCommands() }
            consumer.store(commands.store)
            let pause = commands.pause.filter(\.value).map(\.key)
            let resume = commands.pause.filter { !$0.value }.map(\.key)
            if !pause.isEmpty { consumer.pause(pause) }
            if !resume.isEmpty { consumer.resume(resume) }
        }
    }

    private func take(_ events: [KafkaConsumerEvent]) {
        var records: [WaitingRecord] = []
        /// Keeps the order between records and changes of the assignment.
        func flush() {
            guard !records.isEmpty else { return }
            state.withLock { $0.received(records) }
            records = []
        }
        for event in events {
            switch event {
            case .record(let record):
                let source = RecordSource(
                    partition: record.topicPartition,
                    assignment: 0,
                    offset: record.offset
                )
                if let waiting = WaitingRecord(record, source: source) {
                    records.append(waiting)
                } else {
                    flush()
                    logger.warning(
                        "a record that is none of ours was passed over",
                        metadata: ["topic": "\(record.topic)", "offset": "\(record.offset)"]
                    )
                    state.withLock { $0.skipped(source) }
                }
            case .endOfPartition(let partition, let offset):
                flush()
                state.withLock { $0.reachedEnd(of: partition, at: offset) }
            case .assigned(let partitions):
                flush()
                logger.debug("partitions assigned", metadata: ["partitions": "\(partitions.count)"])
                state.withLock { $0.assigned(partitions) }
            case .revoked(let partitions), .lost(let partitions):
                flush()
                logger.debug("partitions revoked", metadata: ["partitions": "\(partitions.count)"])
                state.withLock { $0.revoked(partitions) }
            case .error(let error):
                logger.debug("the consumer reports", metadata: ["error": "\(error)"])
            }
        }
        flush()
    }
}

extension WaitingRecord {
    /// Reads a record from Kafka; nil when it is none of ours.
    fileprivate init?(_ record: KafkaRecord, source: RecordSource) {
        guard let message = try? JobRecord(serializedBytes: record.value),
            let job = JobID(bytes: message.id), let topic = Topic(name: record.topic)
        else { return nil }
        self.init(
            job: job,
            run: Int(message.run),
            type: message.type,
            topic: topic,
            payload: message.hasPayload ? message.payload : nil,
            trace: message.trace,
            queuedAt: Date(microsecondsSince1970: message.queuedAt),
            source: source
        )
    }
}
