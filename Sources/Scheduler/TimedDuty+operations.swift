import JobStore
import Logging
import Metrics
import Platform
import Postgres

extension TimedDuty {
    /// How long a round carries out one batch after the other before it tells that it is well.
    private static let longestRound = Duration.seconds(5)

    /// Carries out operations on many jobs, a batch at a time, in turns.
    static func operations(
        operations: BulkOperationStore,
        publisher: JobPublisher,
        changes: ChangeTeller,
        listener: PostgresListener,
        meters: JobMeters,
        logger: Logger
    ) -> TimedDuty {
        let counted = Dictionary(uniqueKeysWithValues: BulkOperation.Kind.allCases.map { ($0, OperationMeters($0)) })
        return TimedDuty("operations", listener: listener, logger: logger) {
            let start = ContinuousClock.now
            while let batch = try await operations.carryOutBatch() {
                publisher.publish(batch.announcements)
                changes.changed(batch.announcements)
                changes.changed(batch.gone)
                for type in batch.cancelled { meters.cancelled(type) }
                counted[batch.kind]?.count(batch)
                if let state = batch.ended {
                    logger.info("an operation has ended", metadata: ["kind": "\(batch.kind)", "state": "\(state)"])
                }
                guard start.duration(to: .now) < longestRound, !Task.isCancelled else { return .zero }
            }
            return try await operations.untilNext()
        }
    }
}

/// What metrics tell of operations of a kind.
private struct OperationMeters: Sendable {
    private let changed: Counter
    private let skipped: Counter
    private let ended: [BulkOperation.State: Counter]

    init(_ kind: BulkOperation.Kind) {
        let kind = kind.rawValue
        changed = Counter(.operationJobs, [("kind", kind), ("outcome", "changed")])
        skipped = Counter(.operationJobs, [("kind", kind), ("outcome", "skipped")])
        ended = Dictionary(
            uniqueKeysWithValues: [BulkOperation.State.done, .failed].map {
                ($0, Counter(.operationsEnded, [("kind", kind), ("state", $0.rawValue)]))
            }
        )
    }

    func count(_ batch: BulkOperationBatch) {
        changed.increment(by: batch.changed)
        skipped.increment(by: batch.skipped)
        if let state = batch.ended { ended[state]?.increment() }
    }
}
