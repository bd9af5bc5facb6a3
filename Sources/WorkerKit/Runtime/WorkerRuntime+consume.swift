import Concurrency
import Formats
import Foundation
import JobCore
import Kafka
import Logging
import NIOConcurrencyHelpers
import SwiftProtobuf
import Synchronization

extension WorkerRuntime {
    /// How many records are taken at once.
    private static let maxEvents = 1_000

    /// Takes what Kafka sends for as long as the task runs, once the worker knows whose it is.
    ///
    /// Workers that serve the same queues of the same tenant form a consumer group: each record rings one of them. A new group begins
    /// with what comes from now on; what waits by then it is told of by the job-service.
    func consume() async throws {
        while tenant.withLock({ $0 }) == nil {
            await isWelcome.wait()
            try Task.checkCancellation()
        }
        let consumer = try KafkaConsumer(
            configuration: KafkaConsumerConfiguration(
                connection: checked.kafka,
                group: checked.group(of: tenant.withLock { $0 } ?? nil),
                autoOffsetReset: .latest,
                storesOffsetsOnReceipt: true,
                reportsEnds: false
            ),
            logger: logger
        )
        self.consumer.withLock { $0 = consumer }
        defer { self.consumer.withLock { $0 = nil } }
        do {
            try consumer.subscribe(checked.topics.jobs)
            health.setConsumer(true)
            while true { take(try await consumer.nextEvents(max: Self.maxEvents)) }
        } catch {
            await consumer.close()
            throw error
        }
    }

    private func take(_ events: [KafkaConsumerEvent]) {
        var doorbells: [JobDoorbell] = []
        for event in events {
            switch event {
            case .record(let record):
                if let doorbell = JobDoorbell(record, checked.topics) {
                    doorbells.append(doorbell)
                } else {
                    logger.warning(
                        "a record that is none of ours was passed over",
                        metadata: ["topic": "\(record.topic)", "offset": "\(record.offset)"]
                    )
                }
            case .assigned(let partitions):
                logger.debug("partitions assigned", metadata: ["partitions": "\(partitions.count)"])
            case .revoked(let partitions), .lost(let partitions):
                logger.debug("partitions revoked", metadata: ["partitions": "\(partitions.count)"])
            case .error(let error):
                kafkaMeters.note(error)
                logger.debug("the consumer reports", metadata: ["error": "\(error)"])
            case .endOfPartition: break
            }
        }
        guard !doorbells.isEmpty else { return }
        kafkaMeters.note(state.withLockedValue { $0.received(doorbells, at: .now) })
        outbound.raise()
    }
}

extension JobDoorbell {
    /// Reads a record from Kafka; nil when it is none of ours.
    fileprivate init?(_ record: KafkaRecord, _ topics: JobTopics) {
        guard let message = try? JobRecord(serializedBytes: record.value),
            let priority = topics.priority(of: record.topic)
        else { return nil }
        self.init(message, priority)
    }

    /// Reads what a record says; nil when that cannot be. Whoever writes to Kafka may have written it, and a job-service refuses a worker
    /// that repeats what is absurd.
    init?(_ message: JobRecord, _ priority: Priority) {
        guard let job = JobID(bytes: message.id), let tenant = try? TenantName(message.tenant),
            let queue = try? QueueName(message.queue), let type = try? JobType(message.type),
            (1...UInt32(Int32.max)).contains(message.run)
        else { return nil }
        key = RunKey(job: job, run: Int(message.run))
        hint = BacklogHint(
            Backlog(tenant: tenant, queue: queue, priority: priority, type: type),
            // No time is to come, and an earlier one is as good.
            since: min(max(0, message.queuedAt), Date().microsecondsSince1970)
        )
        hasMore = message.hasMore_p
        isBulk = message.isBulk
    }
}
