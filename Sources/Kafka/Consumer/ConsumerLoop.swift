import Concurrency
import Logging

/// What a consumer's thread does: it serves the group's events as they come, and records when a caller asks for them.
///
/// Rebalances, errors and commits arrive on the consumer queue and are always served, so a caller that takes its time
/// neither holds up the group nor is put out of it. Records arrive on a queue of their own and stay there, within
/// librdkafka's prefetch limits, until somebody asks.
///
/// Only its thread touches it, apart from the monitor and the handle, which are safe to share.
final class ConsumerLoop {
    /// How often the group's queue is looked at when nothing happens, which tells librdkafka that the application is
    /// alive; well below `max.poll.interval.ms`, five minutes.
    private static let sign = Duration.seconds(30)

    private let handle: RDKafkaHandle
    private let groupQueue: RDKafkaQueue
    private let recordQueue: RDKafkaQueue
    private let reader: RDKafkaRecordReader
    private let mailbox: Monitor<ConsumerMailbox>
    private let closeTimeout: Duration
    private let logger: Logger
    private var pending = PendingEvents()
    private var commits: [UInt: CheckedContinuation<KafkaError?, Never>] = [:]
    private var lastCommit: UInt = 0
    private var closeDeadline: ContinuousClock.Instant?

    init(
        handle: RDKafkaHandle,
        mailbox: Monitor<ConsumerMailbox>,
        closeTimeout: Duration,
        logger: Logger
    ) throws(KafkaError) {
        self.handle = handle
        self.mailbox = mailbox
        self.closeTimeout = closeTimeout
        self.logger = logger
        groupQueue = try RDKafkaQueue(consumerOf: handle)
        recordQueue = RDKafkaQueue(newFor: handle)
        reader = RDKafkaRecordReader(from: recordQueue)
        // Queues tell of their first entry only; both are emptied, or known not to be wanted, before the next wait.
        groupQueue.onArrival { mailbox.update { $0.noteArrival() } }
        recordQueue.onArrival { mailbox.update { $0.noteArrival() } }
        // What arrived before that was not told.
        mailbox.update { $0.noteArrival() }
    }

    /// Works until the consumer is closed.
    func run() {
        while !isFinished {
            let orders = mailbox.wait(timeout: timeToWait) { $0.takeOrders() }
            serveGroup()
            if let orders { carryOut(orders) }
            serveDemands()
        }
        finish()
    }

    private var isFinished: Bool {
        guard let closeDeadline else { return false }
        if handle.hasLeftGroup { return true }
        guard ContinuousClock.now >= closeDeadline else { return false }
        handle.abandonsGroup = true
        return true
    }

    private var timeToWait: Duration {
        closeDeadline.map { max(.zero, $0 - ContinuousClock.now) } ?? Self.sign
    }
}

// MARK: - The group's events

extension ConsumerLoop {
    private func serveGroup() {
        while let event = groupQueue.next(timeoutMilliseconds: 0) {
            switch event.kind {
            case .rebalance: follow(event)
            case .commit: noteCommit(event)
            case .error: note(event)
            default: break
            }
        }
    }

    private func follow(_ event: borrowing RDKafkaEvent) {
        let rebalance = handle.follow(event, recordsOn: recordQueue)
        mailbox.update { mailbox in
            switch rebalance.change {
            case .assigned: mailbox.assignment.formUnion(rebalance.partitions)
            case .revoked, .lost: mailbox.assignment.subtract(rebalance.partitions)
            }
        }
        switch rebalance.change {
        case .assigned: pending.assign(rebalance.partitions)
        case .revoked: pending.unassign(rebalance.partitions, areLost: false)
        case .lost: pending.unassign(rebalance.partitions, areLost: true)
        }
        if let error = rebalance.error { report(error) }
    }

    private func note(_ event: borrowing RDKafkaEvent) {
        if let fatal = handle.fatalError(.consume) {
            end(with: fatal)
        } else if let error = event.error(.consume) {
            report(error)
        }
    }

    private func noteCommit(_ event: borrowing RDKafkaEvent) {
        var error = event.error(.commit)
        // Nothing was stored since the last commit.
        if error?.code == .noOffset { error = nil }
        if let waiter = commits.removeValue(forKey: UInt(bitPattern: event.token)) {
            waiter.resume(returning: error)
        } else if let error {
            report(error)
        }
    }

    private func report(_ error: KafkaError) {
        guard pending.append(error) else { return }
        logger.warning("consumer met an error", metadata: ["error": "\(error)"])
    }
}

// MARK: - Callers' wishes

extension ConsumerLoop {
    private func carryOut(_ orders: ConsumerMailbox.Orders) {
        if let topics = orders.subscription, let error = handle.subscribe(to: topics) { report(error) }
        let isAssigned = mailbox.update { [paused = orders.pauses] mailbox in
            paused.filter { mailbox.assignment.contains($0.key) }
        }
        for error in handle.setPaused(true, isAssigned.filter(\.value).map(\.key)) { report(error) }
        for error in handle.setPaused(false, isAssigned.filter { !$0.value }.map(\.key)) { report(error) }
        for waiter in orders.commits { commit(waiter) }
        if orders.isClosing && closeDeadline == nil { startClosing() }
    }

    private func commit(_ waiter: CheckedContinuation<KafkaError?, Never>) {
        lastCommit += 1
        commits[lastCommit] = waiter
        let token = UnsafeMutableRawPointer(bitPattern: lastCommit)
        guard let error = handle.commitStoredOffsets(resultsOn: groupQueue, token: token) else { return }
        commits.removeValue(forKey: lastCommit)
        waiter.resume(returning: error.code == .noOffset ? nil : error)
    }

    private func serveDemands() {
        while let demand = mailbox.update({ $0.beginServing() }) {
            var events = pending.take(max: demand.max)
            reader.read(max: demand.max - events.count, into: &events)
            guard !events.isEmpty else {
                if mailbox.update({ $0.putBack(demand) }) { return }
                demand.continuation.resume(throwing: CancellationError())
                continue
            }
            mailbox.update { $0.endServing() }
            demand.continuation.resume(returning: events)
        }
    }
}

// MARK: - The end

extension ConsumerLoop {
    private func startClosing() {
        end(with: KafkaError(code: .closed, operation: .consume))
        closeDeadline = ContinuousClock.now + closeTimeout
        guard let error = handle.startLeavingGroup(eventsOn: groupQueue) else { return }
        // After a fatal error librdkafka refuses; there is no group to leave any more.
        logger.notice("consumer ends without leaving its group", metadata: ["error": "\(error)"])
        closeDeadline = ContinuousClock.now
    }

    private func end(with error: KafkaError) {
        let waiting = mailbox.update { $0.end(with: error) }
        for demand in waiting { demand.continuation.resume(throwing: error) }
    }

    private func finish() {
        let error = KafkaError(code: .closed, operation: .commit)
        let late = mailbox.update { $0.takeOrders()?.commits ?? [] }
        for waiter in commits.values + late { waiter.resume(returning: error) }
        mailbox.update { $0.assignment = [] }
    }
}
