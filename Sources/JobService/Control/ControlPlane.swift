import GRPC
import JobCore
import Logging

/// The workers' side of the job-service: merges the claims and outcomes of all sessions into few round trips.
struct ControlPlane: GRPCService {
    let leases: LeaseStore
    let claims: Batcher<Claim, Grant?>
    let outcomes: Batcher<RunOutcome, Void>
    let closings: Batcher<Int64, Void>
    let renewals: Batcher<LeaseRenewal, RenewedLease?>
    let watermarks: Batcher<Watermark, Void>
    let topics: TopicDirectory
    let cancellations: CancellationRelay
    let revocations: RevocationList
    let logger: Logger

    init(
        stores: Stores,
        publisher: EndedRunsPublisher,
        topics: TopicDirectory,
        cancellations: CancellationRelay,
        revocations: RevocationList,
        events: JobEvents,
        logger: Logger
    ) {
        leases = stores.leases
        self.topics = topics
        self.cancellations = cancellations
        self.revocations = revocations
        self.logger = logger
        claims = Batcher(limits: .init(batchItems: 1_000, waitingCost: 100_000, lanes: 2)) { batch in
            let grants = try await retryingConflicts { try await stores.claims.decide(batch) }
            events.changed(zip(batch, grants).filter { $1 != nil }.map(\.0.job))
            return grants
        }
        outcomes = Batcher(limits: .init(batchItems: 1_000, waitingCost: 100_000, lanes: 2)) { batch in
            publisher.publish(try await retryingConflicts { try await stores.outcomes.record(batch) })
            events.changed(batch.map(\.job))
            return batch.map { _ in }
        }
        closings = Batcher(limits: .init(batchItems: 1_000, waitingCost: 100_000, lanes: 1)) { batch in
            try await stores.claims.close(batches: batch)
            return batch.map { _ in }
        }
        renewals = Batcher(limits: .init(batchItems: 1_000, waitingCost: 10_000, lanes: 1)) { batch in
            let renewed = try await stores.leases.renew(batch.map { ($0.worker, $0.running) }, lease: LeaseTimes.lease)
            let runs = Dictionary(
                grouping: try await stores.cancellations.runs(of: Array(renewed)),
                by: \.worker
            )
            return batch.map { renewal in
                renewed.contains(renewal.worker) ? RenewedLease(cancelledRuns: runs[renewal.worker] ?? []) : nil
            }
        }
        watermarks = Batcher(limits: .init(batchItems: 10_000, waitingCost: 100_000, lanes: 1)) { batch in
            try await stores.watermarks.raise(batch)
            return batch.map { _ in }
        }
    }

    func register(in router: inout GRPCRouter) {
        router.bidirectional(WorkerControl.session, ControlWorkerMessage.self, ControlServerMessage.self) {
            requests,
            responses,
            _ in
            try await run(requests: requests, responses: responses)
        }
    }

    private func run(
        requests: GRPCMessageStream<ControlWorkerMessage>,
        responses: GRPCWriter<ControlServerMessage>
    ) async throws {
        guard let first = try await requests.first(where: { _ in true }), case .hello(let hello) = first.kind,
            let worker = WorkerID(bytes: hello.workerID)
        else {
            throw GRPCError(code: .invalidArgument, message: "a session begins with Hello and a worker id of 16 bytes")
        }
        guard let credential = Self.credential else { throw GRPCError.workerCredentialRequired }
        let session = ControlSession(
            plane: self,
            credential: credential,
            worker: worker,
            hello: hello,
            requests: requests,
            responses: responses
        )
        do {
            try await session.run()
        } catch is CancellationError {
            throw GRPCError(code: .unavailable, message: "the job-service is ending; open a session with another one")
        } catch let error as GRPCError {
            throw error
        } catch {
            logger.warning(
                "a worker's session ends, as its messages cannot be served",
                metadata: ["worker_id": "\(worker)", "error": "\(error)"]
            )
            throw GRPCError(code: .unavailable, message: "the store cannot serve the worker now; try again")
        }
    }
}

/// A worker's wish to keep its lease.
struct LeaseRenewal: Sendable {
    var worker: WorkerID
    var running: Int
}

/// A lease that was renewed.
struct RenewedLease: Sendable {
    /// The worker's runs that are to be stopped.
    var cancelledRuns: [CancelledRun]
}
