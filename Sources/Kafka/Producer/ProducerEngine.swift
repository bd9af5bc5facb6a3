import Concurrency
import Logging
import Synchronization

/// One librdkafka producer handle, with the thread that takes its delivery reports.
///
/// The engine ends when it is told to stop or when the handle meets a fatal error: from then on it takes no more
/// records, and its thread runs until every record that was taken has an outcome. So no outcome is ever missing, and
/// no record of a later engine can overtake one of this.
final class ProducerEngine: Sendable {
    /// What the engine tells its owner; each call comes from the engine's thread.
    struct Callbacks: Sendable {
        /// Deliveries made room in the queue; `isIdle` says that nothing is outstanding at this moment.
        let roomWasMade: @Sendable (_ isIdle: Bool) -> Void
        /// The engine has ended, with the fatal error if that was the cause.
        let ended: @Sendable (KafkaError?) -> Void
    }

    /// How far a batch got.
    enum Progress {
        /// Every record was taken or has failed.
        case done
        /// The queue is full; go on with this record once there is room.
        case full(at: Int)
        /// The engine ends; go on with this record at the next engine.
        case ended(at: Int)
    }

    let handle: RDKafkaHandle
    private let queue: RDKafkaQueue
    private let callbacks: Callbacks
    /// Records that were taken and have no outcome, and those that a sender is about to hand over.
    private let outstanding = Atomic<Int>(0)
    private let isEnding = Atomic<Bool>(false)
    /// Whether records that are not acknowledged yet are given up.
    private let givesUp = Atomic<Bool>(false)
    private let fatal = Mutex<KafkaError?>(nil)

    init(
        configuration: KafkaProducerConfiguration,
        logger: Logger,
        callbacks: Callbacks
    ) throws(KafkaError) {
        handle = try RDKafkaHandle(
            .producer,
            properties: configuration.properties,
            events: [.deliveries, .error],
            logger: logger
        )
        queue = RDKafkaQueue(mainOf: handle)
        self.callbacks = callbacks
        try DedicatedThread.startForKafka("kafka-producer") { self.serveEvents() }
    }

    /// Whether no record waits for its outcome.
    var isIdle: Bool { outstanding.load(ordering: .sequentiallyConsistent) == 0 }

    /// Hands records over to librdkafka; the batch learns of each outcome.
    func produce(_ records: [ProducerRecord], from start: Int, into batch: DeliveryBatch) -> Progress {
        // Counting first and looking at `isEnding` second means that either this sees the end, or the thread sees the
        // count and stays for the reports.
        outstanding.add(records.count - start, ordering: .sequentiallyConsistent)
        guard !isEnding.load(ordering: .sequentiallyConsistent) else {
            giveBack(records.count - start)
            return .ended(at: start)
        }
        let topics = RDKafkaTopics(of: handle)
        for index in start..<records.count {
            let token = batch.token(for: index)
            guard let code = handle.produce(records[index], topics: topics, token: token) else { continue }
            DeliveryBatch.drop(token)
            switch code {
            case .queueFull:
                giveBack(records.count - index)
                return .full(at: index)
            // librdkafka answers with the cause rather than with "fatal", depending on where it finds the handle lost.
            case _ where code == .fatal || handle.fatalError(.deliver) != nil:
                end()
                giveBack(records.count - index)
                return .ended(at: index)
            default:
                giveBack(1)
                let subject = "topic \(records[index].topic)"
                batch.settle(index, .failure(KafkaError(code: code, operation: .deliver, subject: subject)))
            }
        }
        // Records that were handed over while the engine was being stopped came too late for its purge.
        if givesUp.load(ordering: .sequentiallyConsistent) { handle.purgeRecords() }
        return .done
    }

    /// Takes no more records and gives up those that are not acknowledged yet.
    func stop() {
        givesUp.store(true, ordering: .sequentiallyConsistent)
        end()
        handle.purgeRecords()
    }

    private func end() {
        isEnding.store(true, ordering: .sequentiallyConsistent)
        queue.wakeWaiter()
    }

    private func giveBack(_ count: Int) {
        outstanding.subtract(count, ordering: .sequentiallyConsistent)
        if isEnding.load(ordering: .sequentiallyConsistent) { queue.wakeWaiter() }
    }

    private func serveEvents() {
        while !(isEnding.load(ordering: .sequentiallyConsistent) && isIdle) {
            if let event = queue.next(timeoutMilliseconds: -1) { serve(event) }
        }
        callbacks.ended(handle.fatalError(.deliver))
    }

    private func serve(_ event: consuming RDKafkaEvent) {
        // Other errors, such as a lost connection, are logged by librdkafka and end in a record's outcome if they last.
        if event.kind == .error { noticeFatalError() }
        guard event.kind == .deliveries else { return }
        let count = redeemTokens(of: event)
        // librdkafka counts a record as queued until its report is freed: only then there is room.
        event.free()
        outstanding.subtract(count, ordering: .sequentiallyConsistent)
        callbacks.roomWasMade(isIdle)
    }

    private func redeemTokens(of event: borrowing RDKafkaEvent) -> Int {
        // The reports of records that a fatal error has failed may come before the event that tells of it.
        noticeFatalError()
        let isFatal = fatal.withLock { $0 != nil }
        return event.forEachDelivery { report in
            guard let token = report.token else { return }
            DeliveryBatch.redeem(token) { record in Self.outcome(of: report, record, isFatal: isFatal) }
        }
    }

    private func noticeFatalError() {
        guard let error = handle.fatalError(.deliver) else { return }
        fatal.withLock { $0 = error }
        end()
    }

    private static func outcome(
        of report: RDKafkaEvent.DeliveryReport,
        _ record: ProducerRecord,
        isFatal: Bool
    ) -> DeliveryBatch.Outcome {
        let partition = TopicPartition(topic: record.topic, partition: report.partition)
        guard let failure = report.failure else {
            return .success(Delivery(topicPartition: partition, offset: report.offset))
        }
        return .failure(
            KafkaError(
                code: failure,
                operation: .deliver,
                subject: report.partition < 0 ? "topic \(record.topic)" : "partition \(partition)",
                isFatal: isFatal
            )
        )
    }
}
