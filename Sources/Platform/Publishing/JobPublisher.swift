public import JobCore
public import Kafka
public import Logging
import Metrics
public import ServiceLifecycle
import SwiftProtobuf
import Synchronization
import Telemetry
import Tracing

/// Announces queued jobs on Kafka, without making anybody wait.
///
/// PostgreSQL is the truth and a record only the doorbell: what is not published, as Kafka is away or this process is killed, is found
/// by the scheduler's sweep.
public final class JobPublisher: Sendable {
    /// How many jobs of one backlog have a record each when many are queued at once. Any of these says that there are more, and who
    /// reads it pulls them. Jobs that are queued with more others than that are bulk.
    public static let recordsPerBacklog = 100
    /// How many records of jobs that are queued together go to the same partition, as they have the same key: what Kafka has to do
    /// is decided by requests, and each partition takes one. So few that the workers, who share the partitions, have much the same.
    fileprivate static let recordsPerKey = 32
    /// How long a record may take to arrive. By then the sweep has found its job, and a later record would ring for nothing.
    static let deliveryTimeout = Duration.seconds(5)

    private let producer: KafkaProducer
    private let topics: JobTopics
    private let deliveries: Deliveries
    private let gathering = Mutex(RecordGathering())

    /// A process's producer. It is not idempotent: a record that is stored twice rings twice, which changes nothing.
    public static func producer(
        _ connection: KafkaConnection,
        logger: Logger
    ) throws(KafkaError) -> KafkaProducer {
        try KafkaProducer(
            configuration: KafkaProducerConfiguration(
                connection: connection,
                isIdempotent: false,
                deliveryTimeout: deliveryTimeout
            ),
            logger: logger
        )
    }

    /// Publishes through a producer.
    public init(producer: KafkaProducer, topics: JobTopics, logger: Logger) {
        self.producer = producer
        self.topics = topics
        deliveries = Deliveries(logger: logger)
    }

    /// Hands records over, those of jobs that come many at once a few milliseconds later (see ``RecordGathering``), and returns at once.
    public func publish(_ announcements: [JobAnnouncement]) {
        let next = gathering.withLock { $0.add(announcements, at: .now) }
        for batch in next.batches { send(batch) }
        guard let due = next.wakeAt else { return }
        Task.detached { [self] in
            var due: ContinuousClock.Instant? = due
            while let time = due {
                try? await Task.sleep(until: time, tolerance: .zero, clock: .continuous)
                let next = gathering.withLock { $0.wake(at: .now) }
                send(next.batch)
                due = next.wakeAt
            }
        }
    }

    /// Hands over what waits, waits for what is on its way, and takes nothing more.
    func close() async {
        send(gathering.withLock { $0.takeAll(at: .now) })
        await producer.close()
    }

    private func send(_ announcements: [JobAnnouncement]) {
        let records = Self.records(of: announcements, topics)
        guard let spans = SendSpans(announcements, records) else {
            return producer.post(records) { [deliveries] in deliveries.note($0) }
        }
        producer.post(records) { [deliveries] outcome in
            deliveries.note(outcome)
            spans.note(outcome)
        }
    }

    /// For a check on readiness: without Kafka jobs run all the same, a little later.
    ///
    /// - Throws: ``NotReady`` when the last record was not delivered.
    public func checkDeliveries() throws(NotReady) {
        if let failure = deliveries.failure { throw NotReady(reason: failure) }
    }

    /// The records of jobs that were queued at once.
    static func records(of announcements: [JobAnnouncement], _ topics: JobTopics) -> [ProducerRecord] {
        var keys = RecordKeys()
        guard announcements.count > recordsPerBacklog else {
            return announcements.compactMap {
                $0.producerRecord(topics, key: keys.next($0.id), hasMore: false, isBulk: false)
            }
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
            return announcement.producerRecord(topics, key: keys.next(announcement.id), hasMore: hasMore, isBulk: true)
        }
    }
}

extension JobAnnouncement {
    fileprivate func producerRecord(_ topics: JobTopics, key: [UInt8], hasMore: Bool, isBulk: Bool) -> ProducerRecord? {
        guard let value: [UInt8] = try? record(hasMore: hasMore, isBulk: isBulk).serializedBytes() else { return nil }
        return ProducerRecord(topic: topics.name(of: backlog.priority), key: key, value: value)
    }
}

/// The keys of records, one after the other.
private struct RecordKeys {
    private var key: [UInt8] = []
    private var left = 0

    /// The key of the record of a job: the id of the first of those that go to the same partition.
    mutating func next(_ job: JobID) -> [UInt8] {
        if left == 0 { (key, left) = ([UInt8](job.description.utf8), JobPublisher.recordsPerKey) }
        left -= 1
        return key
    }
}

/// The spans of records on their way to Kafka, in the traces that are recorded.
private final class SendSpans: Sendable {
    private let spans: SharedSpans
    private let rest: Mutex<(count: Int, error: KafkaError?)>

    /// Starts them; nil when no job belongs to such a trace.
    init?(_ announcements: [JobAnnouncement], _ records: [ProducerRecord]) {
        guard let topic = records.first?.topic,
            let spans = SharedSpans(
                "send \(topic)",
                in: announcements.lazy.map(\.trace),
                attributes: Self.attributes(topic, records.count)
            )
        else { return nil }
        self.spans = spans
        rest = Mutex((records.count, nil))
    }

    private static func attributes(_ topic: String, _ count: Int) -> SpanAttributes {
        var attributes: SpanAttributes = [
            "messaging.system": "kafka", "messaging.operation.name": "send", "messaging.operation.type": "send",
            "messaging.destination.name": .string(topic),
        ]
        if count > 1 { attributes["messaging.batch.message_count"] = count }
        return attributes
    }

    /// What became of a record; the last one ends the spans.
    func note(_ outcome: Result<Delivery, KafkaError>) {
        let (isLast, error) = rest.withLock { rest in
            rest.count -= 1
            if case .failure(let error) = outcome { rest.error = error }
            return (rest.count == 0, rest.error)
        }
        if isLast { spans.end(error) }
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

/// Keeps a publisher's producer open as long as a process runs, and lets it deliver what it has before it ends.
public struct ProducerService: Service {
    private let publisher: JobPublisher

    /// Closes the publisher's producer in the end.
    public init(publisher: JobPublisher) {
        self.publisher = publisher
    }

    /// Waits for graceful shutdown, then flushes and closes.
    public func run() async throws {
        try? await gracefulShutdown()
        await publisher.close()
    }
}
