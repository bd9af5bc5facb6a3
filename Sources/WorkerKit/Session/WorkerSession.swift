import Foundation
import GRPC
import JobCore
import Kafka
import Logging
import SwiftProtobuf
import Synchronization

/// One session with a job-service: hello, then claims, outcomes and heartbeats upward, their answers downward.
struct WorkerSession {
    let runtime: WorkerRuntime

    /// Runs the session to its end.
    func run(
        writer: GRPCWriter<ControlWorkerMessage>,
        responses: GRPCMessageStream<ControlServerMessage>
    ) async throws {
        let helloSent = ContinuousClock.now
        try await writer.write(hello)
        var answers = responses.makeAsyncIterator()
        guard case .welcome(let welcome) = try await answers.next()?.kind else { throw UnexpectedAnswer() }
        let leaseLasts = Duration.milliseconds(Int64(welcome.leaseMs))
        runtime.lease.renewed(sentAt: helloSent, lasts: leaseLasts)
        runtime.cancel(
            runtime.state.withLock { $0.sessionOpened(leaseKept: welcome.leaseKept) },
            because: "the lease had run out; running jobs are stopped"
        )
        runtime.health.setSession(true)
        runtime.logger.info("session with a job-service opened")

        let heartbeats = HeartbeatLog()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sendClaimsAndOutcomes(to: writer) }
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

    private var hello: ControlWorkerMessage {
        var hello = ControlHello()
        hello.workerID = runtime.id.bytes
        hello.name = runtime.configuration.name
        hello.slots = UInt32(runtime.configuration.concurrency)
        hello.queues = runtime.configuration.queues.map(\.rawValue)
        return .with { $0.hello = hello }
    }

    // MARK: Upward

    /// Sends what there is to send whenever there may be something. What ends while a message is being written forms the next one.
    private func sendClaimsAndOutcomes(to writer: GRPCWriter<ControlWorkerMessage>) async throws {
        while true {
            await runtime.outbound.wait()
            try Task.checkCancellation()
            while let message = nextMessage() {
                try await writer.write(message)
            }
            runtime.consumerCommands.raise()
            if runtime.isEnding {
                return try await writer.write(.with { $0.goodbye = ControlGoodbye() })
            }
        }
    }

    private func nextMessage() -> ControlWorkerMessage? {
        let (outcomes, claims) = runtime.state.withLock { state in
            let outcomes = state.nextOutcomes()
            return (outcomes, outcomes == nil ? state.nextClaims() : nil)
        }
        if let outcomes {
            return .with {
                $0.outcomes.sequence = outcomes.sequence
                $0.outcomes.outcomes = outcomes.runs.map(ControlOutcome.init)
                $0.outcomes.closedBatches = outcomes.closedBatches
            }
        }
        if let claims {
            return .with {
                $0.claims.sequence = claims.sequence
                $0.claims.claims = claims.records.map(ControlClaim.init)
            }
        }
        return nil
    }

    private func sendHeartbeats(
        to writer: GRPCWriter<ControlWorkerMessage>,
        every interval: Duration,
        log: HeartbeatLog
    ) async throws {
        while true {
            let watermarks = await runtime.watermarks()
            let sequence = log.sending()
            try await writer.write(
                .with {
                    $0.heartbeat.sequence = sequence
                    $0.heartbeat.running = UInt32(runtime.state.withLock(\.runningCount))
                    $0.heartbeat.watermarks = watermarks
                }
            )
            try await Task.sleep(for: interval)
        }
    }

    // MARK: Downward

    private func take(_ answer: ControlServerMessage, leaseLasts: Duration, heartbeats: HeartbeatLog) throws {
        switch answer.kind {
        case .claimResults(let results):
            let grants = Dictionary(
                results.grants.compactMap { grant in
                    JobID(bytes: grant.jobID).map { (RunKey(job: $0, run: Int(grant.run)), grant) }
                },
                uniquingKeysWith: { first, _ in first }
            )
            let records = runtime.state.withLock {
                $0.claimed(sequence: results.sequence, batches: grants.mapValues(\.batchID))
            }
            runtime.start(records, grants: grants)
            runtime.outbound.raise()
        case .outcomeAcks(let acks):
            runtime.state.withLock { $0.acknowledged(sequence: acks.sequence) }
            runtime.outbound.raise()
            runtime.progress.raise()
        case .heartbeatAck(let ack):
            guard let sentAt = heartbeats.answered(ack.sequence) else { return }
            guard ack.renewed else {
                runtime.lease.revoke()
                // A new hello gives a new lease; the runs of the old one are not ours any more.
                throw LeaseWasLost()
            }
            runtime.lease.renewed(sentAt: sentAt, lasts: leaseLasts)
            runtime.state.withLock { $0.leaseRenewed() }
        case .subscription(let subscription):
            runtime.subscribe(to: subscription.topics)
        case .cancellations(let cancellations):
            let keys = cancellations.runs.compactMap { run in
                JobID(bytes: run.jobID).map { RunKey(job: $0, run: Int(run.run)) }
            }
            runtime.cancel(runtime.state.withLock { $0.cancelled(keys) }, because: "jobs were called off")
        case .welcome, nil:
            break
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
