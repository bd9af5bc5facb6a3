import JobCore
import Kafka
import Metrics
import NIOConcurrencyHelpers
import Platform
import Synchronization
import Telemetry

/// How a worker stands, for who scrapes it.
struct WorkerFigures: Sendable {
    /// What it tells of.
    static let descriptions: [MetricDescription] = [
        .workerSlots, .workerSlotsUsed, .workerOldestRunAge, .workerPullModeQueues, .workerOutcomesPending,
        .workerDraining,
        .kafkaConsumerLagRecords, .kafkaConsumerPartitions,
    ]

    var slots: Int
    var slotsUsed: Int
    var oldestRunAge: Duration
    var backlogs: Int
    var pendingOutcomes: Int
    var isDraining: Bool
    var lags: [KafkaTopicLag]

    var samples: [CollectedSample] {
        [
            MetricDescription.workerSlots.sample(slots),
            MetricDescription.workerSlotsUsed.sample(slotsUsed),
            MetricDescription.workerOldestRunAge.sample(oldestRunAge / .seconds(1)),
            MetricDescription.workerPullModeQueues.sample(backlogs),
            MetricDescription.workerOutcomesPending.sample(pendingOutcomes),
            MetricDescription.workerDraining.sample(isDraining ? 1 : 0),
        ]
            + lags.flatMap { lag in
                [
                    MetricDescription.kafkaConsumerLagRecords.sample(
                        Int(clamping: lag.records),
                        labels: ["topic": lag.topic]
                    ),
                    MetricDescription.kafkaConsumerPartitions.sample(lag.partitions, labels: ["topic": lag.topic]),
                ]
            }
    }
}

extension WorkerRuntime {
    /// How the worker stands now.
    var figures: WorkerFigures {
        let lags = consumer.withLock { $0 }?.lag(in: checked.topics.jobs) ?? []
        return state.withLockedValue { state in
            WorkerFigures(
                slots: state.configuration.slots,
                slotsUsed: state.slotsUsed,
                oldestRunAge: state.oldestRunAge(at: .now),
                backlogs: state.notes.count,
                pendingOutcomes: state.pendingOutcomes,
                isDraining: state.isDraining,
                lags: lags
            )
        }
    }
}

/// What a worker counts of what comes from Kafka.
struct KafkaMeters: Sendable {
    private let claimed = Counter(.workerRecords, [("outcome", "claimed")])
    private let dropped = Counter(.workerRecords, [("outcome", "dropped")])
    private let ignored = Counter(.workerRecords, [("outcome", "ignored")])
    private let errors = Dictionary(
        uniqueKeysWithValues: ErrorKind.allCases.map { ($0, Counter(.kafkaErrors, [("kind", $0.rawValue)])) }
    )

    func note(_ counts: DispatchState.RecordCounts) {
        claimed.increment(by: counts.claimed)
        dropped.increment(by: counts.dropped)
        ignored.increment(by: counts.ignored)
    }

    func note(_ error: KafkaError) {
        errors[ErrorKind(error.code)]?.increment()
    }

    private enum ErrorKind: String, CaseIterable {
        case brokersDown = "brokers_down"
        case transport
        case timedOut = "timed_out"
        case topic
        case other

        init(_ code: KafkaErrorCode) {
            self =
                switch code {
                case .allBrokersDown: .brokersDown
                case .transport, .resolve, .tls: .transport
                case .timedOut, .deliveryTimedOut: .timedOut
                case .unknownTopic, .unknownTopicOrPartition, .unknownPartition, .topicAuthorizationFailed: .topic
                default: .other
                }
        }
    }
}
