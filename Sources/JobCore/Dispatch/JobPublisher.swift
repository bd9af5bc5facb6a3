public import Kafka
public import Logging
import Metrics
import SwiftProtobuf
import Synchronization

/// Announces queued jobs on Kafka, without making anybody wait.
///
/// PostgreSQL is the truth and a record only the doorbell: what cannot be published, as Kafka is away for longer than the
/// queue here is deep or this process is killed, is found by the watermark rule and published again by the scheduler.
public final class JobPublisher: Sendable {
    /// The most bytes of records that wait here for the producer, about.
    private static let waitingBytes = 64 << 20

    private let batcher: Batcher<JobAnnouncement, Void>
    private let dropped = Counter(label: "qf_records_dropped_total")

    /// Publishes through a producer.
    public init(producer: KafkaProducer, topics: TopicCreator, logger: Logger) {
        let failed = Counter(label: "qf_records_failed_total")
        let published = Counter(label: "qf_records_published_total")
        batcher = Batcher(
            limits: .init(batchItems: 2_000, batchCost: 8 << 20, waitingCost: Self.waitingBytes, lanes: 2),
            cost: { 256 + ($0.payload?.count ?? 0) },
            flush: { announcements in
                await topics.ensure(announcements.lazy.map(\.topic))
                let results = await producer.send(batch: announcements.compactMap(\.producerRecord))
                var failures = 0
                var lastError: KafkaError?
                for case .failure(let error) in results {
                    failures += 1
                    lastError = error
                }
                published.increment(by: results.count - failures)
                if let lastError {
                    failed.increment(by: failures)
                    logger.warning(
                        "records were not published; the watermark rule will publish them again",
                        metadata: ["records": "\(failures)", "error": "\(lastError)"]
                    )
                }
                return announcements.map { _ in }
            }
        )
    }

    /// Takes announcements and returns at once.
    public func publish(_ announcements: [JobAnnouncement]) {
        if !batcher.post(contentsOf: announcements) {
            dropped.increment(by: announcements.count)
        }
    }
}

extension JobAnnouncement {
    fileprivate var producerRecord: ProducerRecord? {
        guard let value: [UInt8] = try? record.serializedBytes() else { return nil }
        return ProducerRecord(topic: topic.name, key: [UInt8](id.description.utf8), value: value)
    }
}
