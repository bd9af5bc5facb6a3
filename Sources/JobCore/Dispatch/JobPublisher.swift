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
    /// After how long without an outcome of a batch Kafka counts as away.
    private static let slowAfter = Duration.seconds(5)

    private let batcher: Batcher<JobAnnouncement, Void>
    private let dropped = Counter(label: "qf_records_dropped_total")

    /// Publishes through a producer.
    ///
    /// - Parameter breaker: Open, it leaves announcements to the watermark rule at once. The producer by itself would hold each
    ///   for its delivery timeout first, and everything behind it.
    public init(producer: KafkaProducer, topics: TopicCreator, breaker: CircuitBreaker? = nil, logger: Logger) {
        let failed = Counter(label: "qf_records_failed_total")
        let published = Counter(label: "qf_records_published_total")
        let dropped = self.dropped
        batcher = Batcher(
            limits: .init(batchItems: 2_000, batchCost: 8 << 20, waitingCost: Self.waitingBytes, lanes: 2),
            cost: { 256 + ($0.payload?.count ?? 0) },
            flush: { announcements in
                let results: [Result<Delivery, KafkaError>]
                do {
                    results = try await Self.send(announcements, through: producer, topics, breaker)
                } catch {
                    dropped.increment(by: announcements.count)
                    return announcements.map { _ in }
                }
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

    /// Sends a batch. One that takes long is not given up, as what the producer holds may still arrive; but no more is sent
    /// until it has an outcome.
    ///
    /// - Throws: ``CircuitOpen``.
    private static func send(
        _ announcements: [JobAnnouncement],
        through producer: KafkaProducer,
        _ topics: TopicCreator,
        _ breaker: CircuitBreaker?
    ) async throws(CircuitOpen) -> [Result<Delivery, KafkaError>] {
        let permit = try breaker?.begin()
        let watch = Task {
            try await Task.sleep(for: slowAfter)
            if let permit { breaker?.end(permit, .late) }
        }
        await topics.ensure(announcements.lazy.map(\.topic))
        let results = await producer.send(batch: announcements.compactMap(\.producerRecord))
        watch.cancel()
        // A record may fail by itself; only when none arrives is Kafka to blame.
        let hasArrived = results.isEmpty || results.contains { (try? $0.get()) != nil }
        if let permit { breaker?.end(permit, hasArrived ? .success : .failure) }
        return results
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
