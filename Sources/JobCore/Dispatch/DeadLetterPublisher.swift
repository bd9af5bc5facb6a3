import Foundation
public import Kafka
public import Logging
import Metrics
import SwiftProtobuf

/// Tells of jobs that died: a line in the log, a metric, and a record on the topic `qf.dead-letters`.
///
/// Losing a record is harmless, as PostgreSQL is the truth; it is counted.
public final class DeadLetterPublisher: Sendable {
    /// The topic. Its name cannot be that of a queue's topic, which has four parts.
    public static let topic = "qf.dead-letters"

    private let batcher: Batcher<DeadLetter, Void>
    private let died: [DeadReason: Counter]
    private let failed: Counter
    private let logger: Logger

    /// Publishes through a producer.
    public init(producer: KafkaProducer, topics: TopicCreator, logger: Logger) {
        let failed = Counter(label: "qf_dead_letter_records_failed_total")
        self.failed = failed
        self.logger = logger
        died = Dictionary(
            uniqueKeysWithValues: DeadReason.allCases.map {
                ($0, Counter(label: "qf_jobs_dead_total", dimensions: [("reason", $0.rawValue)]))
            }
        )
        batcher = Batcher(
            limits: .init(batchItems: 1_000, batchCost: 4 << 20, waitingCost: 16 << 20, lanes: 1),
            cost: { 256 + $0.error.utf8.count },
            flush: { letters in
                await topics.ensure(names: [Self.topic])
                let results = await producer.send(batch: letters.compactMap(\.producerRecord))
                let errors = results.compactMap { result in
                    if case .failure(let error) = result { error } else { nil }
                }
                failed.increment(by: errors.count)
                if let error = errors.last {
                    logger.warning(
                        "dead letters were not announced; they are on record all the same",
                        metadata: ["records": "\(errors.count)", "error": "\(error)"]
                    )
                }
                return letters.map { _ in }
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
        if !batcher.post(contentsOf: deaths) {
            failed.increment(by: deaths.count)
        }
    }
}

extension DeadLetter {
    fileprivate var producerRecord: ProducerRecord? {
        var record = DeadLetterRecord()
        record.id = id.bytes
        record.tenant = tenant
        record.queue = queue
        record.type = type
        record.run = UInt32(run)
        record.attempt = UInt32(attempt)
        record.reason = reason.rawValue
        record.kind = kind
        record.error = error
        record.fingerprint = fingerprint
        record.diedAt = diedAt.microsecondsSince1970
        guard let value: [UInt8] = try? record.serializedBytes() else { return nil }
        return ProducerRecord(topic: DeadLetterPublisher.topic, key: [UInt8](id.description.utf8), value: value)
    }
}
