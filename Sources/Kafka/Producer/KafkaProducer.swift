public import Logging

/// Writes records to Kafka and says where each was stored.
///
/// The producer waits for all in-sync replicas and, unless told otherwise, is idempotent, so an acknowledged record is stored once, and
/// records of one partition stay in the order of sending. When too many records are outstanding, `send` waits for room; it
/// neither drops records nor blocks a thread.
///
/// A fatal error, such as lost idempotence, costs the handle but not the producer: records that are outstanding get their
/// outcome (those that fail say `isFatal`), then the producer makes itself a new handle and goes on. No record of the new
/// handle is sent before the last one of the old has its outcome, so what is acknowledged stays in order; a record whose
/// failure said `isFatal` may have been stored nonetheless.
///
/// Close it when done. A producer that is dropped instead gives up what is not acknowledged yet.
public final class KafkaProducer: Sendable {
    private let core: ProducerCore

    /// Sets up a producer; it connects in the background, so brokers need not be up yet.
    ///
    /// - Parameters:
    ///   - configuration: how it behaves.
    ///   - logger: where librdkafka's log lines and the producer's own go.
    /// - Throws: ``KafkaError`` that names the setting that is not usable.
    public init(configuration: KafkaProducerConfiguration, logger: Logger) throws(KafkaError) {
        try configuration.check()
        core = try ProducerCore(configuration: configuration, logger: logger)
    }

    deinit {
        core.abandon()
    }

    /// Writes one record and waits until it is acknowledged.
    ///
    /// - Returns: where it was stored.
    /// - Throws: ``KafkaError``: with code ``KafkaErrorCode/deliveryTimedOut`` after the delivery timeout, with
    ///   ``KafkaErrorCode/cancelled`` if the task was cancelled (the record may still arrive).
    public func send(_ record: ProducerRecord) async throws(KafkaError) -> Delivery {
        guard let outcome = await send(batch: [record]).first else {
            throw KafkaError(code: .closed, operation: .deliver)
        }
        return try outcome.get()
    }

    /// Writes a batch and waits until each of its records is acknowledged or has failed.
    ///
    /// The records may go to any topics and partitions. Those for one partition are stored in the order given, unless one
    /// fails.
    ///
    /// - Returns: the outcomes, in the order of the records. If the task is cancelled, records without an outcome fail with
    ///   ``KafkaErrorCode/cancelled``; those that were queued already may still arrive.
    public func send(batch records: [ProducerRecord]) async -> [Result<Delivery, KafkaError>] {
        guard !records.isEmpty else { return [] }
        let batch = DeliveryBatch(records)
        await core.enqueue(records, into: batch)
        return await batch.outcomes()
    }

    /// Hands records over and waits neither for room nor for their outcomes, which are reported one by one, on any thread: those that
    /// find no room fail at once with ``KafkaErrorCode/queueFull``.
    ///
    /// - Parameter report: is told what became of each record.
    public func post(
        _ records: [ProducerRecord],
        reporting report: @escaping @Sendable (Result<Delivery, KafkaError>) -> Void
    ) {
        guard !records.isEmpty else { return }
        core.post(records, into: DeliveryBatch(records, report: report))
    }

    /// Waits for a moment in which no record is outstanding.
    ///
    /// - Returns: whether that moment came before the time was over. Senders that still wait for room do not count.
    @discardableResult
    public func flush(timeout: Duration) async -> Bool {
        await core.flush(timeout: timeout)
    }

    /// Takes no more records, waits for outstanding ones (at most the configuration's `closeTimeout`), gives up the rest and
    /// ends librdkafka's threads.
    public func close() async {
        await core.close()
    }

    /// Calls `body` once the present handle is gone, for a test that looks for leaks.
    func notifyWhenHandleIsDestroyed(_ body: @escaping @Sendable () -> Void) {
        core.engine?.handle.notifyWhenDestroyed(body)
    }

    /// Makes librdkafka behave as after a fatal error, for a test of what follows.
    func provokeFatalError(_ code: KafkaErrorCode, reason: String) {
        core.engine?.handle.provokeFatalError(code, reason: reason)
    }
}
