import Foundation
import JobCore
import Kafka

/// All that a worker knows of its records, claims, runs and outcomes: a pure state machine.
///
///     record -> waiting -> claiming -> running -> finished -> sent -> (acknowledged)
///                 ^           |                      ^          |
///                 +-----------+ session ended        +----------+
///
/// Every method says what happened and answers what is to be done. Nothing here waits, sends or reads a clock, so one
/// lock around it is held only for memory operations.
struct DispatchState {
    /// How many messages of one kind may be unanswered. More would make batches smaller, fewer would leave the line idle.
    private static let messagesInFlight = 4
    /// How many payloads that do not travel in records may be asked for at once: 1 MiB each, in a message of 4 MiB at most.
    private static let largePayloadsInMessage = 3
    /// How many bytes of results a message may carry before the last one: results have 1 MiB at most, messages 4 MiB.
    private static let resultBytesInMessage = 2 << 20

    private struct Run {
        var batch: Int64
        var task: Task<Void, Never>?
        /// The lease was lost, or the drain's time is up: however the handler ends, the run is given back.
        var isAbandoned = false
        /// The job was called off: the handler is stopped, and unless it succeeds the run is reported as cancelled.
        var isCancelled = false
    }

    private struct Sent {
        var outcomes: [FinishedRun]
        var closedBatches: [Int64]
    }

    private let slots: Int
    private var buffer = RecordBuffer()
    private var partitions = PartitionSet()
    private var claiming: [UInt64: [WaitingRecord]] = [:]
    private var claimingCount = 0
    private var runs: [RunKey: Run] = [:]
    private var finished: [FinishedRun] = []
    /// Runs that ended and are not yet on record. A repeated record must not start one of them again.
    private var unrecorded: Set<RunKey> = []
    private var sent: [UInt64: Sent] = [:]
    private var sentCount = 0
    /// How many runs of a claim batch are not yet acknowledged.
    private var openBatches: [Int64: Int] = [:]
    private var closedBatches: [Int64] = []
    private var sequence: UInt64 = 0
    /// Whether runs may be claimed, as far as the lease goes.
    private(set) var holdsLease = false
    private var isDraining = false

    /// A worker that runs up to `slots` jobs at once.
    init(slots: Int) {
        self.slots = slots
    }

    // MARK: Records

    /// Records came from Kafka.
    mutating func received(_ records: [WaitingRecord]) {
        for record in records {
            guard let source = partitions.received(record.source, queuedAt: record.queuedAt) else { continue }
            var record = record
            record.source = source
            if buffer.append(record) {
                partitions.pause(record.topic)
            }
        }
    }

    /// A record came that is none of ours: it is passed over.
    mutating func skipped(_ source: RecordSource) {
        guard let source = partitions.received(source, queuedAt: .distantFuture) else { return }
        partitions.settled(source)
    }

    /// The end of a partition was seen.
    mutating func reachedEnd(of partition: TopicPartition, at offset: Int64) {
        partitions.reachedEnd(of: partition, at: offset)
    }

    /// Partitions were given to us.
    mutating func assigned(_ assigned: [TopicPartition]) {
        partitions.assign(assigned)
    }

    /// Partitions were taken from us. What waits of them will be read by their next owner.
    mutating func revoked(_ revoked: [TopicPartition]) {
        partitions.revoke(revoked)
        buffer.drop(Set(revoked))
    }

    /// Only some topics are to be served from now on. What waits of others, as their queue is paused, is not claimed, and holds
    /// their watermarks back until it is or its partition is taken from us.
    mutating func serve(_ topics: Set<Topic>) {
        buffer.serve(topics)
    }

    /// What the consumer is to be told since the last time.
    mutating func takeConsumerCommands() -> ConsumerCommands {
        partitions.takeCommands()
    }

    // MARK: Session

    /// A session was opened.
    ///
    /// - Parameter leaseKept: Whether the lease survived since the last session.
    /// - Returns: The handlers to cancel, as their runs are not ours any more.
    mutating func sessionOpened(leaseKept: Bool) -> [Task<Void, Never>] {
        holdsLease = true
        return leaseKept ? [] : abandonRuns()
    }

    /// The session ended. What had no answer is asked and reported again in the next one.
    mutating func sessionEnded() {
        for records in claiming.values {
            for record in records.reversed() where partitions.isCurrent(record.source) {
                buffer.putBack(record)
            }
        }
        claiming = [:]
        claimingCount = 0
        for message in sent.values {
            finished += message.outcomes
            closedBatches += message.closedBatches
        }
        sent = [:]
        sentCount = 0
        holdsLease = false
    }

    /// The lease was renewed, perhaps after it had been given up.
    mutating func leaseRenewed() {
        holdsLease = true
    }

    /// The lease is lost, or about to run out unrenewed.
    ///
    /// - Returns: The handlers to cancel.
    mutating func leaseLost() -> [Task<Void, Never>] {
        holdsLease = false
        return abandonRuns()
    }

    /// The worker is to end: nothing is claimed any more.
    mutating func startDraining() {
        isDraining = true
    }

    /// The time for running jobs to end by themselves is over.
    ///
    /// - Returns: The handlers to cancel.
    mutating func abandonRuns() -> [Task<Void, Never>] {
        for key in runs.keys {
            runs[key]?.isAbandoned = true
        }
        return runs.values.compactMap(\.task)
    }

    /// Jobs were called off.
    ///
    /// - Returns: The handlers to cancel. A run that is not here has ended, or is granted later and named again.
    mutating func cancelled(_ keys: [RunKey]) -> [Task<Void, Never>] {
        keys.compactMap { key in
            guard runs[key]?.isCancelled == false else { return nil }
            runs[key]?.isCancelled = true
            return runs[key]?.task
        }
    }

    /// Whether no job runs and no claim or outcome waits for an answer.
    var isIdle: Bool {
        runs.isEmpty && claiming.isEmpty && finished.isEmpty && sent.isEmpty && closedBatches.isEmpty
    }

    /// How many jobs run.
    var runningCount: Int { runs.count }

    // MARK: Claims

    /// Takes the records for which slots are free.
    ///
    /// - Returns: The number under which to ask, and for what; nil when nothing is to be asked now.
    mutating func nextClaims() -> (sequence: UInt64, records: [WaitingRecord])? {
        let free = slots - runs.count - claimingCount
        guard holdsLease, !isDraining, free > 0, claiming.count < Self.messagesInFlight,
            finished.count + sentCount < max(2_000, 4 * slots)
        else { return nil }
        var records: [WaitingRecord] = []
        var withoutPayload = 0
        while records.count < free, withoutPayload < Self.largePayloadsInMessage, let record = buffer.next() {
            records.append(record)
            if record.payload == nil { withoutPayload += 1 }
            if buffer.hasRoom(for: record.topic) {
                partitions.resume(record.topic)
            }
        }
        guard !records.isEmpty else { return nil }
        sequence += 1
        claiming[sequence] = records
        claimingCount += records.count
        return (sequence, records)
    }

    /// Claims were answered.
    ///
    /// - Parameter batches: The claim batch of each run that was granted.
    /// - Returns: The records whose run may start. Each must be followed by ``started(_:task:)`` and ``finished(_:)``.
    mutating func claimed(sequence: UInt64, batches: [RunKey: Int64]) -> [WaitingRecord] {
        guard let records = claiming.removeValue(forKey: sequence) else { return [] }
        claimingCount -= records.count
        var granted: [WaitingRecord] = []
        for record in records {
            partitions.settled(record.source)
            let key = RunKey(job: record.job, run: record.run)
            guard let batch = batches[key], runs[key] == nil, !unrecorded.contains(key) else { continue }
            runs[key] = Run(batch: batch)
            if batch != 0 { openBatches[batch, default: 0] += 1 }
            granted.append(record)
        }
        return granted
    }

    // MARK: Runs

    /// A run's handler was started.
    ///
    /// - Returns: Whether to cancel it at once, as the run was abandoned or called off meanwhile.
    mutating func started(_ key: RunKey, task: Task<Void, Never>) -> Bool {
        runs[key]?.task = task
        return runs[key].map { $0.isAbandoned || $0.isCancelled } ?? false
    }

    /// A run's handler ended.
    mutating func finished(_ run: FinishedRun) {
        guard let ended = runs.removeValue(forKey: run.key) else { return }
        var run = run
        run.batch = ended.batch
        if ended.isAbandoned {
            run.outcome = .release(delay: nil)
        } else if ended.isCancelled, !run.outcome.isSuccess {
            run.outcome = .cancelled
        }
        finished.append(run)
        unrecorded.insert(run.key)
    }

    /// Takes the outcomes to report.
    ///
    /// - Returns: The number under which to report, and what; nil when nothing is to be reported now.
    mutating func nextOutcomes() -> (sequence: UInt64, runs: [FinishedRun], closedBatches: [Int64])? {
        guard !finished.isEmpty || !closedBatches.isEmpty, sent.count < Self.messagesInFlight else { return nil }
        sequence += 1
        var bytes = 0
        let runs = finished.prefix { run in
            defer { bytes += run.outcome.resultBytes }
            return bytes < Self.resultBytesInMessage
        }
        let message = Sent(outcomes: Array(runs), closedBatches: closedBatches)
        sent[sequence] = message
        sentCount += runs.count
        finished.removeFirst(runs.count)
        closedBatches = []
        return (sequence, message.outcomes, message.closedBatches)
    }

    /// Outcomes are on record.
    mutating func acknowledged(sequence: UInt64) {
        guard let message = sent.removeValue(forKey: sequence) else { return }
        sentCount -= message.outcomes.count
        unrecorded.subtract(message.outcomes.lazy.map(\.key))
        for run in message.outcomes where run.batch != 0 {
            let left = (openBatches[run.batch] ?? 1) - 1
            openBatches[run.batch] = left == 0 ? nil : left
            if left == 0 { closedBatches.append(run.batch) }
        }
    }

    // MARK: Watermarks

    /// How far each partition has been consumed.
    func progress() -> [PartitionProgress] {
        partitions.progress()
    }
}
