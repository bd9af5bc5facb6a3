import Concurrency
import Foundation
import GRPC
import JobCore
import Logging
import NIOConcurrencyHelpers
import SwiftProtobuf
import Synchronization

/// One session with a job-service: hello, then exchanges and heartbeats upward, their answers and news downward.
struct WorkerSession {
    let runtime: WorkerRuntime

    /// Runs the session to its end.
    func run(
        writer: GRPCWriter<ControlWorkerMessage>,
        responses: GRPCMessageStream<ControlServerMessage>
    ) async throws {
        let heartbeats = HeartbeatLog()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await converse(writer, responses, heartbeats) }
            group.addTask { try await heartbeats.waitUntilUnanswered() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func converse(
        _ writer: GRPCWriter<ControlWorkerMessage>,
        _ responses: GRPCMessageStream<ControlServerMessage>,
        _ heartbeats: HeartbeatLog
    ) async throws {
        let helloSent = ContinuousClock.now
        try await writer.write(.with { $0.hello = hello })
        var answers = responses.makeAsyncIterator()
        guard case .welcome(let welcome) = try await answers.next()?.kind else { throw UnexpectedAnswer() }
        let leaseLasts = Duration.milliseconds(Int64(welcome.leaseMs))
        heartbeats.welcomed(leaseLasts: leaseLasts)
        try runtime.welcomed(as: WorkerID(bytes: welcome.workerID), tenant: welcome.tenant)
        runtime.lease.renewed(sentAt: helloSent, lasts: leaseLasts)
        runtime.cancel(
            runtime.state.withLockedValue { state in
                state.hinted(welcome.hints.compactMap(BacklogHint.init))
                return state.sessionOpened(leaseKept: welcome.leaseKept)
            },
            .leaseLost,
            because: "the lease had run out; running jobs are stopped"
        )
        runtime.health.setSession(true)
        runtime.logger.info("session with a job-service opened")
        if !welcome.unservedTypes.isEmpty {
            runtime.logger.warning(
                "jobs wait for a handler that no worker has",
                metadata: ["types": "\(welcome.unservedTypes.joined(separator: ", "))"]
            )
        }

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sendExchanges(to: writer) }
            group.addTask {
                try await sendHeartbeats(to: writer, every: .milliseconds(Int64(welcome.heartbeatMs)), log: heartbeats)
            }
            defer { group.cancelAll() }
            runtime.outbound.raise()
            while let answer = try await answers.next() {
                try take(answer, leaseLasts: leaseLasts, heartbeats: heartbeats)
            }
        }
    }

    private var hello: ControlHello {
        let configuration = runtime.configuration
        var hello = ControlHello()
        hello.secret = runtime.secret
        hello.name = configuration.name
        hello.slots = UInt32(clamping: configuration.concurrency)
        hello.queues = configuration.queues
        hello.types = runtime.checked.types.map(\.rawValue).sorted()
        // One that is no less than the slots limits nothing.
        for (type, limit) in runtime.runner.limits where limit < configuration.concurrency {
            hello.typeLimits[type.rawValue] = UInt32(clamping: limit)
        }
        hello.runs = runtime.state.withLockedValue { $0.heldRuns.map(ControlRun.init) }
        return hello
    }

    // MARK: Upward

    /// Sends what there is to send whenever there may be something. What ends while an exchange is under way forms the next one.
    private func sendExchanges(to writer: GRPCWriter<ControlWorkerMessage>) async throws {
        while true {
            await runtime.outbound.wait()
            try Task.checkCancellation()
            while let submit = runtime.children.next() { try await writer.write(.with { $0.submit = submit }) }
            while let exchange = runtime.state.withLockedValue({ $0.nextExchange(at: .now) }) {
                try await writer.write(.with { $0.exchange = ControlExchange(exchange) })
            }
            if runtime.isEnding { return try await writer.write(.with { $0.goodbye = ControlGoodbye() }) }
        }
    }

    private func sendHeartbeats(
        to writer: GRPCWriter<ControlWorkerMessage>,
        every interval: Duration,
        log: HeartbeatLog
    ) async throws {
        while true {
            let sequence = log.sending()
            try await writer.write(
                .with {
                    $0.heartbeat.sequence = sequence
                    $0.heartbeat.running = UInt32(clamping: runtime.state.withLockedValue(\.runningCount))
                }
            )
            try await Task.sleep(for: interval)
        }
    }

    // MARK: Downward

    private func take(_ answer: ControlServerMessage, leaseLasts: Duration, heartbeats: HeartbeatLog) throws {
        switch answer.kind {
        case .exchanged(let exchanged):
            runtime.take(exchanged)
        case .heartbeatAck(let ack):
            guard let sentAt = heartbeats.answered(ack.sequence) else { return }
            guard ack.isRenewed else {
                runtime.lease.revoke()
                // A new hello gives a new lease; the runs of the old one are not ours any more.
                runtime.loseLease(because: "the lease had run out; running jobs are stopped")
                throw LeaseWasLost()
            }
            runtime.lease.renewed(sentAt: sentAt, lasts: leaseLasts)
            let roundTrip = sentAt.duration(to: .now)
            runtime.state.withLockedValue { $0.leaseRenewed(after: roundTrip) }
            runtime.proceed()
        case .submitted(let submitted):
            runtime.children.answered(submitted)
            runtime.outbound.raise()
        case .hints(let hints):
            runtime.state.withLockedValue { $0.hinted(hints.hints.compactMap(BacklogHint.init)) }
            runtime.outbound.raise()
        case .pauses(let pauses):
            let queues = pauses.queues.compactMap { queue -> TenantQueue? in
                guard let tenant = try? TenantName(queue.tenant), let name = try? QueueName(queue.queue) else {
                    return nil
                }
                return TenantQueue(tenant: tenant, queue: name)
            }
            runtime.state.withLockedValue { $0.paused(Set(queues)) }
            runtime.outbound.raise()
        case .cancellations(let cancellations):
            let keys = cancellations.runs.compactMap(RunKey.init)
            runtime.cancel(
                runtime.state.withLockedValue { $0.cancelled(keys) },
                .cancelled,
                because: "jobs were cancelled"
            )
            runtime.outbound.raise()
        case .drain:
            runtime.isToEnd.raise()
        case .welcome, nil:
            break
        }
    }
}

/// When the heartbeats without an answer were sent. Hello is the first of them.
final class HeartbeatLog: Sendable {
    private struct State {
        var last: UInt64 = 0
        var sent: [UInt64: ContinuousClock.Instant] = [0: .now]
        var patience = LeaseTimes.lease
    }

    private let state = Mutex(State())
    private let changed = Signal()

    /// Notes that hello was answered.
    func welcomed(leaseLasts: Duration) {
        state.withLock { state in
            state.sent[0] = nil
            state.patience = leaseLasts
        }
        changed.raise()
    }

    /// Notes that a heartbeat is being sent now.
    ///
    /// - Returns: Its number.
    func sending() -> UInt64 {
        state.withLock { state in
            state.last += 1
            state.sent[state.last] = .now
            return state.last
        }
    }

    /// When the heartbeat of that number was sent; nil when it was answered before.
    func answered(_ sequence: UInt64) -> ContinuousClock.Instant? {
        state.withLock { $0.sent.removeValue(forKey: sequence) }
    }

    /// Waits until one has had no answer for as long as a lease lasts: a job-service that is stuck, or gone without a word, must not hold
    /// the worker.
    ///
    /// - Throws: ``NoAnswer`` then.
    func waitUntilUnanswered() async throws {
        while true {
            let deadline = state.withLock { ($0.sent.values.min() ?? .now) + $0.patience }
            guard deadline > .now else { throw NoAnswer() }
            await changed.wait(atMost: deadline - .now)
            try Task.checkCancellation()
        }
    }
}

/// The job-service did not answer Hello with Welcome.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    var description: String { "the job-service did not answer Hello with Welcome; does it speak the same version?" }
}

/// The lease had run out when it was to be renewed.
struct LeaseWasLost: Error, CustomStringConvertible {
    var description: String { "the lease had run out; the worker says hello again" }
}

/// Heartbeats get no answer.
struct NoAnswer: Error, CustomStringConvertible {
    var description: String {
        "the job-service has not answered for as long as a lease lasts; the worker opens another session"
    }
}
