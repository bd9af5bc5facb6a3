import Synchronization

/// The outcomes of a batch of records, gathered as they come in, and the one task that waits for all of them.
///
/// Each record that librdkafka takes carries a token that leads its delivery report back here; a token keeps the batch
/// alive, so that reports may come after the waiting task was cancelled.
final class DeliveryBatch: Sendable {
    typealias Outcome = Result<Delivery, KafkaError>

    private struct State {
        var outcomes: [Outcome?]
        var missing: Int
        var waiter: CheckedContinuation<[Outcome], Never>?
        var isCancelled = false
    }

    private let state: Mutex<State>
    private let records: [ProducerRecord]
    private let slots: Slots
    private let report: (@Sendable (Outcome) -> Void)?

    /// - Parameter report: is told each outcome as it comes in, for a batch that nobody waits for.
    init(_ records: [ProducerRecord], report: (@Sendable (Outcome) -> Void)? = nil) {
        self.records = records
        self.report = report
        state = Mutex(State(outcomes: Array(repeating: nil, count: records.count), missing: records.count))
        slots = Slots(count: records.count)
    }

    /// Makes the token that goes with a record; it must be given back to ``redeem(_:)`` or ``drop(_:)`` exactly once.
    func token(for index: Int) -> UnsafeMutableRawPointer {
        slots.fill(index, with: Unmanaged.passRetained(self))
    }

    /// Gives a token back for a record that librdkafka did not take.
    static func drop(_ token: UnsafeMutableRawPointer) {
        token.assumingMemoryBound(to: Slot.self).pointee.batch.release()
    }

    /// Gives a token back with what became of its record.
    static func redeem(_ token: UnsafeMutableRawPointer, _ outcome: (ProducerRecord) -> Outcome) {
        let slot = token.assumingMemoryBound(to: Slot.self).pointee
        let batch = slot.batch.takeRetainedValue()
        batch.settle(slot.index, outcome(batch.records[slot.index]))
    }

    /// Notes what became of one record, and wakes the waiting task if it was the last.
    func settle(_ index: Int, _ outcome: Outcome) {
        let wake: (() -> Void)? = state.withLock { state in
            guard state.outcomes[index] == nil else { return nil }
            state.outcomes[index] = outcome
            if let report { return { report(outcome) } }
            state.missing -= 1
            guard state.missing == 0, let waiter = state.waiter.take() else { return nil }
            let outcomes = Self.complete(state.outcomes)
            return { waiter.resume(returning: outcomes) }
        }
        wake?()
    }

    /// Waits until every record has an outcome, or until the task is cancelled; records that have none by then fail
    /// with ``KafkaErrorCode/cancelled``.
    func outcomes() async -> [Outcome] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcomes: [Outcome]? = state.withLock { state in
                    if state.missing == 0 || state.isCancelled { return Self.complete(state.outcomes) }
                    state.waiter = continuation
                    return nil
                }
                if let outcomes { continuation.resume(returning: outcomes) }
            }
        } onCancel: {
            let wake: (() -> Void)? = state.withLock { state in
                state.isCancelled = true
                guard let waiter = state.waiter.take() else { return nil }
                let outcomes = Self.complete(state.outcomes)
                return { waiter.resume(returning: outcomes) }
            }
            wake?()
        }
    }

    private static func complete(_ outcomes: [Outcome?]) -> [Outcome] {
        outcomes.map { $0 ?? .failure(KafkaError(code: .cancelled, operation: .deliver)) }
    }

    /// Where a token points: the batch and the record's place in it.
    private struct Slot {
        let batch: Unmanaged<DeliveryBatch>
        let index: Int
    }

    /// Memory for one slot per record, so that a batch costs one allocation for all its tokens.
    ///
    /// `@unchecked Sendable`: a slot is written before its record is handed over and read after its report came back.
    private final class Slots: @unchecked Sendable {
        private let memory: UnsafeMutablePointer<Slot>

        init(count: Int) {
            memory = .allocate(capacity: count)
        }

        deinit {
            memory.deallocate()
        }

        func fill(_ index: Int, with batch: Unmanaged<DeliveryBatch>) -> UnsafeMutableRawPointer {
            let slot = memory + index
            slot.initialize(to: Slot(batch: batch, index: index))
            return UnsafeMutableRawPointer(slot)
        }
    }
}
