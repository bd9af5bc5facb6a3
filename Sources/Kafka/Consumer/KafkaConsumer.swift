import Concurrency
public import Logging
import Synchronization

/// A member of a consumer group: reads the partitions that the group gives it, and remembers how far it got.
///
/// Records are handed over only when ``nextEvents(max:)`` asks for them; until then they wait within librdkafka's prefetch
/// limits. Rebalances are followed at once all the same, on the consumer's own thread, so a caller that pauses for long
/// holds nobody up and stays in the group. It keeps its partitions meanwhile; a caller that cannot go on should close.
///
/// An offset counts once it is stored with ``store(offset:for:)``; stored offsets are committed in the background, before
/// partitions are given up, and on closing. So a record whose offset was not stored is handed over again, here or to
/// another member: delivery is at least once.
///
/// Close it when done. A consumer that is dropped instead does the same in the background.
public final class KafkaConsumer: Sendable {
    private let mailbox = Monitor(ConsumerMailbox())
    /// Nil once the consumer is closed, so that the thread holds the last reference.
    private let handle: Mutex<RDKafkaHandle?>
    private let isDestroyed = Latch()

    /// Sets up a consumer; it connects in the background, so brokers need not be up yet.
    ///
    /// - Parameters:
    ///   - configuration: the group, and how the member behaves.
    ///   - logger: where librdkafka's log lines and the consumer's own go.
    /// - Throws: ``KafkaError`` that names the setting that is not usable.
    public init(configuration: KafkaConsumerConfiguration, logger: Logger) throws(KafkaError) {
        let handle = try RDKafkaHandle(
            .consumer,
            properties: configuration.properties,
            events: [.error, .rebalance, .commit],
            logger: logger
        )
        self.handle = Mutex(handle)
        handle.notifyWhenDestroyed { [isDestroyed] in isDestroyed.open() }
        let loop = try ConsumerLoop(
            handle: handle,
            mailbox: mailbox,
            closeTimeout: configuration.closeTimeout,
            logger: logger
        )
        try DedicatedThread.startForKafka("kafka-consumer") { loop.run() }
    }

    deinit {
        mailbox.update { $0.close() }
    }

    /// Replaces the set of topics to read; may be called at any time, also with no topics, which leaves the group.
    ///
    /// A topic that does not exist yet is reported as an error event, and read as soon as it is found.
    ///
    /// - Throws: ``KafkaError`` if a name is not legal or the consumer is closed.
    public func subscribe(_ topics: [String]) throws(KafkaError) {
        for topic in topics { try TopicName.check(topic, for: .subscribe) }
        if let error = mailbox.update({ $0.subscribe(topics) }) { throw error }
    }

    /// Waits until there is something to report.
    ///
    /// Tasks that wait at the same time are served in the order of their calls.
    ///
    /// - Parameter max: the most events to return; at least 1.
    /// - Returns: between 1 and `max` events, changes of the assignment and errors first, then records and ends of
    ///   partitions in the order in which they were fetched.
    /// - Throws: `CancellationError` if the task is cancelled; ``KafkaError`` with ``KafkaErrorCode/closed`` once the consumer
    ///   is closed, or one that `isFatal`.
    public func nextEvents(max: Int) async throws -> [KafkaConsumerEvent] {
        let id = mailbox.update { $0.makeID() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let demand = ConsumerMailbox.Demand(id: id, max: Swift.max(1, max), continuation: continuation)
                let refusal: (any Error)? = mailbox.update { mailbox in
                    // A cancellation from here on finds the demand; one before is seen now.
                    if Task.isCancelled { return CancellationError() }
                    return mailbox.add(demand)
                }
                if let refusal { continuation.resume(throwing: refusal) }
            }
        } onCancel: {
            let demand = mailbox.update { $0.cancel(id) }
            demand?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Remembers that every record of a partition before `nextOffset` is dealt with.
    ///
    /// It is committed in the background within the configuration's `autoCommitInterval`.
    ///
    /// - Parameters:
    ///   - nextOffset: the offset of the last record dealt with, plus one.
    ///   - partition: the partition.
    /// - Returns: whether it was stored; it is not if the partition is not assigned to this consumer (any more), in which
    ///   case the record is handed over again elsewhere.
    @discardableResult
    public func store(offset nextOffset: Int64, for partition: TopicPartition) -> Bool {
        store([partition: nextOffset]).isEmpty
    }

    /// Does the same for several partitions at once.
    ///
    /// - Parameter nextOffsets: by partition, the offset of the last record dealt with, plus one.
    /// - Returns: the partitions for which it was refused.
    @discardableResult
    public func store(_ nextOffsets: [TopicPartition: Int64]) -> Set<TopicPartition> {
        guard !nextOffsets.isEmpty else { return [] }
        guard let handle = handle.withLock({ $0 }) else { return Set(nextOffsets.keys) }
        return handle.store(nextOffsets.map { ($0.key, $0.value) })
    }

    /// Stops reading partitions; they stay assigned. Those not assigned are left out.
    ///
    /// A call to ``nextEvents(max:)`` that begins after this one returns nothing of them. Being assigned anew ends a pause.
    public func pause(_ partitions: [TopicPartition]) {
        mailbox.update { $0.pause(partitions, true) }
    }

    /// Reads paused partitions again, from the record after the last one that was handed over.
    public func resume(_ partitions: [TopicPartition]) {
        mailbox.update { $0.pause(partitions, false) }
    }

    /// Moves the reading position of an assigned partition.
    ///
    /// - Throws: ``KafkaError`` with ``KafkaErrorCode/wrongState`` if the partition is not assigned.
    public func seek(_ partition: TopicPartition, to offset: Int64) throws(KafkaError) {
        let isAssigned = mailbox.update { $0.assignment.contains(partition) }
        guard isAssigned, let handle = handle.withLock({ $0 }) else {
            let subject = "partition \(partition)"
            throw KafkaError(code: .wrongState, operation: .seek, subject: subject, reason: "it is not assigned")
        }
        if let error = handle.seek(partition, to: offset) { throw error }
    }

    /// Commits the stored offsets now, and waits until the broker has them.
    ///
    /// - Throws: ``KafkaError`` if the broker refuses them or cannot be reached, or the consumer is closed.
    public func commit() async throws(KafkaError) {
        let error: KafkaError? = await withCheckedContinuation { continuation in
            guard let refusal = mailbox.update({ $0.commit(continuation) }) else { return }
            continuation.resume(returning: refusal)
        }
        if let error { throw error }
    }

    /// The partitions that are assigned to this consumer now.
    public var assignment: Set<TopicPartition> {
        mailbox.update { $0.assignment }
    }

    /// How many records of this consumer's partitions have not been handed over yet, by topic, as far as it knows without asking a broker.
    ///
    /// - Parameter topics: The topics to tell of, be any of their partitions assigned or not.
    public func lag(in topics: [String]) -> [KafkaTopicLag] {
        let assigned = assignment
        let lags = handle.withLock { $0 }?.localLag(of: assigned) ?? [:]
        return topics.map { topic in
            KafkaTopicLag(
                topic: topic,
                partitions: assigned.count { $0.topic == topic },
                records: lags.reduce(0) { $0 + ($1.key.topic == topic ? $1.value : 0) }
            )
        }
    }

    /// Commits the stored offsets, leaves the group and ends librdkafka's threads.
    ///
    /// Leaving is given up after the configuration's `closeTimeout`, for example when the brokers are away; the group then
    /// notices by the session timeout. Tasks that wait for events get ``KafkaErrorCode/closed``.
    public func close() async {
        mailbox.update { $0.close() }
        handle.withLock { $0 = nil }
        await isDestroyed.wait(heedsCancellation: false)
    }

    /// Calls `body` once the handle is gone, for a test that looks for leaks.
    func notifyWhenHandleIsDestroyed(_ body: @escaping @Sendable () -> Void) {
        handle.withLock { $0 }?.notifyWhenDestroyed(body)
    }
}

/// How far behind a consumer is in a topic.
public struct KafkaTopicLag: Hashable, Sendable {
    /// The topic's name.
    public let topic: String
    /// How many of its partitions are assigned to the consumer.
    public let partitions: Int
    /// How many records of these have not been handed over.
    public let records: Int64
}

/// What ``KafkaConsumer/nextEvents(max:)`` reports.
public enum KafkaConsumerEvent: Hashable, Sendable {
    /// A record to be dealt with.
    case record(KafkaRecord)
    /// Every record before `offset` has been handed over and there is no further one yet.
    ///
    /// Reported each time the end is reached, also for an empty partition.
    case endOfPartition(TopicPartition, offset: Int64)
    /// Partitions that this consumer reads from now on; they are not paused.
    case assigned([TopicPartition])
    /// Partitions that another member may read from now on.
    ///
    /// Stored offsets were committed before they were given up; storing offsets for them is refused.
    case revoked([TopicPartition])
    /// Partitions that another member may have been reading for a while, because this consumer dropped out of the group.
    ///
    /// Offsets stored since then may not have been committed, so their records will be handed over again.
    case lost([TopicPartition])
    /// Something went wrong that the consumer recovers from by itself, such as a broker that is away.
    case error(KafkaError)
}
