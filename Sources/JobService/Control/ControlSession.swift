import Foundation
import GRPC
import JobCore
import Logging
import SwiftProtobuf

/// One worker's session: each message is answered as soon as its batch is done, not in the order of arrival.
struct ControlSession: Sendable {
    let plane: ControlPlane
    /// What the worker was let in by.
    let credential: Credential
    let worker: WorkerID
    let hello: ControlHello
    let requests: GRPCMessageStream<ControlWorkerMessage>
    let responses: GRPCWriter<ControlServerMessage>

    /// Runs the session until the worker says goodbye, its connection ends, or something cannot be done.
    func run() async throws {
        let leaseKept = try await plane.leases.register(
            worker,
            name: hello.name,
            slots: Int(hello.slots),
            lease: LeaseTimes.lease
        )
        try await responses.write(
            .with {
                $0.welcome.leaseMs = UInt32(LeaseTimes.lease.wholeMilliseconds)
                $0.welcome.heartbeatMs = UInt32(LeaseTimes.heartbeat.wholeMilliseconds)
                $0.welcome.leaseKept = leaseKept
            }
        )
        plane.logger.info("a worker opened a session", metadata: ["worker_id": "\(worker)", "name": "\(hello.name)"])
        let (failures, failed) = AsyncStream.makeStream(of: (any Error).self, bufferingPolicy: .bufferingOldest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sendSubscriptions() }
            group.addTask { try await sendCancellations() }
            group.addTask { for await failure in failures { throw failure } }
            group.addTask { try await serveMessages(failed) }
            // Whatever ends first ends the session.
            try await group.next()
            group.cancelAll()
        }
    }

    /// Serves messages side by side until goodbye or the end of the stream.
    private func serveMessages(_ failed: AsyncStream<any Error>.Continuation) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for try await message in requests {
                if case .goodbye = message.kind {
                    try await plane.leases.remove(worker)
                    return plane.logger.info("a worker said goodbye", metadata: ["worker_id": "\(worker)"])
                }
                group.addTask {
                    do {
                        try await serve(message)
                    } catch {
                        failed.yield(error)
                    }
                }
            }
        }
    }

    private func serve(_ message: ControlWorkerMessage) async throws {
        switch message.kind {
        case .claims(let claims): try await serve(claims)
        case .outcomes(let outcomes): try await serve(outcomes)
        case .heartbeat(let heartbeat): try await serve(heartbeat)
        case .hello, .goodbye, nil: throw GRPCError(code: .invalidArgument, message: "the message is not expected here")
        }
    }

    private func serve(_ message: ControlClaims) async throws {
        let claims = try message.claims.map { claim in
            guard let job = JobID(bytes: claim.jobID) else { throw GRPCError.badJobID }
            return Claim(
                job: job,
                fence: RunFence(run: Int(claim.run), worker: worker),
                wantsPayload: claim.wantsPayload
            )
        }
        let decisions = try await plane.claims.submit(contentsOf: claims)
        try await responses.write(
            .with {
                $0.claimResults.sequence = message.sequence
                $0.claimResults.grants = zip(message.claims, decisions).compactMap { claim, grant in
                    grant.map { ControlGrant($0, for: claim) }
                }
            }
        )
    }

    private func serve(_ message: ControlOutcomes) async throws {
        let outcomes = try message.outcomes.map { outcome in
            guard let outcome = RunOutcome(outcome, worker: worker) else { throw GRPCError.badJobID }
            return outcome
        }
        _ = try await plane.outcomes.submit(contentsOf: outcomes)
        // When nobody can take them they stay, and the scheduler sweeps them.
        _ = plane.closings.post(contentsOf: message.closedBatches)
        try await responses.write(.with { $0.outcomeAcks.sequence = message.sequence })
    }

    private func serve(_ message: ControlHeartbeat) async throws {
        // A session may last for weeks, its credential need not.
        guard !credential.isRevoked(by: plane.revocations) else { throw GRPCError.workerCredentialInvalid }
        let lease = try await plane.renewals.submit(LeaseRenewal(worker: worker, running: Int(message.running)))
        try await responses.write(
            .with {
                $0.heartbeatAck.sequence = message.sequence
                $0.heartbeatAck.renewed = lease != nil
            }
        )
        if let runs = lease?.cancelledRuns, !runs.isEmpty { try await send(runs) }
        _ = plane.watermarks.post(contentsOf: message.watermarks.compactMap(Watermark.init))
    }

    /// Sends the topics to consume at once and whenever they change, until the process ends.
    private func sendSubscriptions() async throws {
        let served = Set(hello.queues)
        for await topics in plane.topics.changes() {
            let wanted = topics.filter { served.isEmpty || served.contains($0.queue.rawValue) }
            try await responses.write(.with { $0.subscription.topics = wanted.map(\.name) })
        }
        throw CancellationError()
    }

    /// Says which runs are to be stopped as soon as it is known, until the session ends.
    private func sendCancellations() async throws {
        for await run in plane.cancellations.runs(of: worker) {
            try await send([run])
        }
        throw CancellationError()
    }

    private func send(_ runs: [CancelledRun]) async throws {
        try await responses.write(
            .with {
                $0.cancellations.runs = runs.map { run in
                    .with {
                        $0.jobID = run.job.bytes
                        $0.run = UInt32(run.run)
                    }
                }
            }
        )
    }
}

extension GRPCError {
    fileprivate static let badJobID = GRPCError(
        code: .invalidArgument,
        message: "a job id has 16 bytes, and an outcome says what became of the run"
    )
}
