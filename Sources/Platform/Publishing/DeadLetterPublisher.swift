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
    private let died: [DeadReason: Counter]
    private let failed = Counter(label: "qf_dead_letter_records_failed_total")
    private let logger: Logger

    /// Publishes through a producer.
    public init(producer: KafkaProducer, topics: JobTopics, logger: Logger) {
        self.producer = producer
        topic = topics.deadLetters
        self.logger = logger
        died = Dictionary(
            uniqueKeysWithValues: DeadReason.allCases.map {
                ($0, Counter(label: "qf_jobs_dead_total", dimensions: [("reason", $0.rawValue)]))
            }
        )
    }

    /// Tells of jobs that died, and returns at once.
    public func publish(_ deaths: [DeadLetter]) {
        for death in deaths {
            died[death.reason]?.increment()
            logger.notice(
                "a job died",
                metadata: [
                    "job_id": "\(death.id)", "type": "\(death.type)", "queue": "\(death.queue)",
                    "reason": "\(death.reason.rawValue)", "kind": "\(death.kind)",
                    "fingerprint": "\(death.fingerprint)", "attempt": "\(death.attempt)",
                ]
            )
        }
        producer.post(deaths.compactMap { $0.producerRecord(topic) }) { [failed] outcome in
            if case .failure = outcome { failed.increment() }
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
