import Formats
import Foundation
public import JobCore
public import Kafka
public import Logging
import Metrics
import SwiftProtobuf

/// Tells of jobs that died: a line in the log, a metric, and a record on the topic of dead letters.
///
/// Losing a record is harmless, as PostgreSQL is the truth; it is counted.
public final class DeadLetterPublisher: Sendable {
    private let producer: KafkaProducer
    private let topic: String
    private let meters: JobMeters
    private let delivered = Counter(.kafkaRecordsDelivered, [("kind", "dead_letter")])
    private let failed = Counter(.kafkaRecordsFailed, [("kind", "dead_letter")])
    private let logger: Logger

    /// Publishes through a producer.
    public init(producer: KafkaProducer, topics: JobTopics, meters: JobMeters, logger: Logger) {
        self.producer = producer
        topic = topics.deadLetters
        self.meters = meters
        self.logger = logger
    }

    /// Tells of jobs that died, and returns at once.
    public func publish(_ deaths: [DeadLetter]) {
        meters.died(deaths)
        for death in deaths {
            logger.notice(
                "a job died",
                metadata: [
                    "job_id": "\(death.id)", "type": "\(death.type)", "queue": "\(death.queue)",
                    "reason": "\(death.reason.rawValue)", "kind": "\(death.kind)",
                    "fingerprint": "\(death.fingerprint)", "attempt": "\(death.attempt)",
                ]
            )
        }
        producer.post(deaths.compactMap { $0.producerRecord(topic) }) { [delivered, failed] outcome in
            if case .failure = outcome { failed.increment() } else { delivered.increment() }
        }
    }
}

extension DeadLetter {
    fileprivate func producerRecord(_ topic: String) -> ProducerRecord? {
        var record = DeadLetterRecord()
        record.id = id.bytes
        record.tenant = tenant
        record.queue = queue
        record.type = type
        record.run = UInt32(clamping: run)
        record.attempt = UInt32(clamping: attempt)
        record.reason = reason.rawValue
        record.kind = kind
        record.error = error
        record.fingerprint = fingerprint
        record.diedAt = diedAt.microsecondsSince1970
        guard let value: [UInt8] = try? record.serializedBytes() else { return nil }
        return ProducerRecord(topic: topic, key: [UInt8](id.description.utf8), value: value)
    }
}
