public import JobCore
public import Kafka
public import Logging
import Metrics
public import ServiceLifecycle
import SwiftProtobuf
import Synchronization

/// Announces queued jobs on Kafka, without making anybody wait.
///
/// PostgreSQL is the truth and a record only the doorbell: what is not published, as Kafka is away or this process is killed, is found
/// by the scheduler's sweep.
public final class JobPublisher: Sendable {
    /// How many jobs of one backlog have a record each when many are queued at once. Any of these says that there are more, and who
    /// reads it pulls them. Jobs that are queued with more others than that are bulk.
    public static let recordsPerBacklog = 100
    /// How long a record may take to arrive. By then the sweep has found its job, and a later record would ring for nothing.
    public static let deliveryTimeout = Duration.seconds(5)

    private let producer: KafkaProducer
    private let topics: JobTopics
    private let deliveries: Deliveries

    /// Publishes through a producer.
    public init(producer: KafkaProducer, topics: JobTopics, logger: Logger) {
        self.producer = producer
        self.topics = topics
        deliveries = Deliveries(logger: logger)
    }

    /// Hands records over and returns at once.
    public func publish(_ announcements: [JobAnnouncement]) {
        producer.post(Self.records(of: announcements, topics)) { [deliveries] in deliveries.note($0) }
    }

    /// For a check on readiness: without Kafka jobs run all the same, a little later.
    ///
    /// - Throws: ``NotReady`` when the last record was not delivered.
    public func checkDeliveries() throws(NotReady) {
        if let failure = deliveries.failure { throw NotReady(reason: failure) }
    }

    /// The records of jobs that were queued at once.
    static func records(of announcements: [JobAnnouncement], _ topics: JobTopics) -> [ProducerRecord] {
        guard announcements.count > recordsPerBacklog else {
            return announcements.compactMap { $0.producerRecord(topics, hasMore: false, isBulk: false) }
        }
        let counts = announcements.reduce(into: [:]) { $0[$1.backlog, default: 0] += 1 }
        var published: [Backlog: Int] = [:]
        return announcements.compactMap { announcement in
            let backlog = announcement.backlog
            let hasMore = (counts[backlog] ?? 0) > recordsPerBacklog
            if hasMore {
                guard published[backlog, default: 0] < recordsPerBacklog else { return nil }
                published[backlog, default: 0] += 1
            }
            return announcement.producerRecord(topics, hasMore: hasMore, isBulk: true)
        }
    }
}

extension JobAnnouncement {
    fileprivate func producerRecord(_ topics: JobTopics, hasMore: Bool, isBulk: Bool) -> ProducerRecord? {
        guard let value: [UInt8] = try? record(hasMore: hasMore, isBulk: isBulk).serializedBytes() else { return nil }
        return ProducerRecord(topic: topics.name(of: backlog.priority), key: [UInt8](id.description.utf8), value: value)
    }
}

/// What becomes of records: counted, and said once when it changes.
private final class Deliveries: Sendable {
    private let lastFailure = Mutex<String?>(nil)
    private let hasFailed = Atomic(false)
    private let published = Counter(.kafkaRecordsDelivered, [("kind", "job")])
    private let failed = Counter(.kafkaRecordsFailed, [("kind", "job")])
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// Why the last record was not delivered; nil when it was.
    var failure: String? { lastFailure.withLock { $0 } }

    func note(_ outcome: Result<Delivery, KafkaError>) {
        switch outcome {
        case .success:
            published.increment()
            guard hasFailed.exchange(false, ordering: .relaxed) else { return }
            lastFailure.withLock { $0 = nil }
            logger.notice("records are delivered again")
        case .failure(let error):
            failed.increment()
            lastFailure.withLock { $0 = "\(error)" }
            guard !hasFailed.exchange(true, ordering: .relaxed) else { return }
            logger.warning(
                "records are not delivered; their jobs start a few seconds later",
                metadata: ["error": "\(error)"]
            )
        }
    }
}

/// Keeps a producer open as long as a process runs, and lets it deliver what it has before it ends.
public struct ProducerService: Service {
    private let producer: KafkaProducer

    /// Closes the producer in the end.
    public init(producer: KafkaProducer) {
        self.producer = producer
    }

    /// Waits for graceful shutdown, then flushes and closes.
    public func run() async throws {
        try? await gracefulShutdown()
        await producer.close()
    }
}
