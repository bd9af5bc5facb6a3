import GRPC
import JobCore
import JobStore
import Logging
import Platform

/// The workers' side of the job-service.
struct ControlPlane: GRPCService {
    let leases: LeaseStore
    let backlogs: BacklogStore
    let pipeline: ExchangePipeline
    let children: ChildSubmission
    let renewals: Batcher<LeaseRenewal, RenewedLease>
    let sessions: WorkerSessions
    let relay: HintRelay
    let ended: EndedRunsPublisher
    let revocations: RevocationList
    let logger: Logger

    init(
        stores: Stores,
        publisher: EndedRunsPublisher,
        sessions: WorkerSessions,
        relay: HintRelay,
        revocations: RevocationList,
        events: JobEvents,
        submission: JobSubmission,
        logger: Logger
    ) {
        children = ChildSubmission(jobs: stores.jobs, submission: submission, events: events, logger: logger)
        leases = stores.leases
        backlogs = stores.backlogs
        self.sessions = sessions
        self.relay = relay
        ended = publisher
        self.revocations = revocations
        self.logger = logger
        pipeline = ExchangePipeline(store: stores.exchanges, logger: logger) { ended in
            publisher.publish(ended)
        } changed: { exchanges, done in
            events.changed(
                exchanges.flatMap { $0.outcomes.map(\.job) + $0.notes.filter { $0.progress != nil }.map(\.source.job) }
                    + done.granted.map(\.job)
            )
            for exchange in exchanges { events.logged(exchange.notes, noted: done.noted) }
        }
        // Bounded by the number of workers, each of which has one renewal under way.
        renewals = Batcher(limits: .init(batchItems: 1_000, waitingCost: 10_000, lanes: 1)) { [leases] batch in
            let renewal = try await leases.renew(batch.map { ($0.session, $0.running) }, lease: LeaseTimes.lease)
            let cancelled = Dictionary(grouping: renewal.cancelled, by: \.worker)
            return batch.map { asked in
                RenewedLease(
                    isRenewed: renewal.renewed.contains(asked.session.worker),
                    cancelledRuns: cancelled[asked.session.worker] ?? []
                )
            }
        }
    }

    func register(in router: inout GRPCRouter) {
        router.bidirectional(
            MethodDescriptor(service: WorkerControl.service, method: WorkerControl.session),
            ControlWorkerMessage.self,
            ControlServerMessage.self
        ) {
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
        guard let caller = Self.caller else { throw GRPCError.workerCredentialRequired }
        guard let first = try await requests.first(where: { _ in true }), case .hello(let message) = first.kind else {
            throw GRPCError(code: .invalidArgument, message: "a session begins with Hello")
        }
        let hello = try WorkerHello(message, of: caller)
        do {
            guard let opened = try await retryingConflicts({ try await leases.open(hello, lease: LeaseTimes.lease) })
            else {
                throw GRPCError(
                    code: .permissionDenied,
                    message: "the worker's id is another one's, or its secret is not the one it came with first"
                )
            }
            ended.publish(opened.ended)
            let session = ControlSession(
                plane: self,
                credential: caller.credential,
                hello: hello,
                opened: opened,
                requests: requests,
                responses: responses
            )
            try await session.run()
        } catch is CancellationError {
            throw GRPCError(code: .unavailable, message: "the job-service is ending; open a session with another one")
        } catch let error as GRPCError {
            throw error
        } catch {
            logger.warning(
                "a worker's session ends, as its messages cannot be served",
                metadata: ["worker_id": "\(hello.worker)", "error": "\(error)"]
            )
            throw GRPCError(code: .unavailable, message: "the store cannot serve the worker now; try again")
        }
    }
}

/// A worker's wish to keep its lease.
struct LeaseRenewal: Sendable {
    var session: WorkerSessionKey
    var running: Int
}

/// What became of it.
struct RenewedLease: Sendable {
    var isRenewed: Bool
    /// The worker's runs that are to be stopped.
    var cancelledRuns: [CancelledRun]
}

extension WorkerHello {
    /// The most names of one kind, and runs, that a worker may come with.
    private static let (maxNames, maxRuns) = (10_000, 50_000)
    private static let (maxNameBytes, secretBytes) = (256, 16...64)

    /// Reads a hello. A worker whose credential is a tenant's gets that tenant's jobs alone.
    ///
    /// - Throws: ``GRPCError`` that says what is wrong with it.
    fileprivate init(_ message: ControlHello, of caller: Caller) throws(GRPCError) {
        func refusal(_ text: String) -> GRPCError { GRPCError(code: .invalidArgument, message: text) }
        guard let worker = WorkerID(bytes: message.workerID) else { throw refusal("a worker's id has 16 bytes") }
        guard Self.secretBytes.contains(message.secret.count) else {
            let (least, most) = (Self.secretBytes.lowerBound, Self.secretBytes.upperBound)
            throw refusal("a worker's secret has \(least) to \(most) bytes")
        }
        guard message.queues.count <= Self.maxNames, message.types.count <= Self.maxNames,
            message.runs.count <= Self.maxRuns
        else { throw refusal("a worker names at most \(Self.maxNames) queues and types, and \(Self.maxRuns) runs") }
        let queues = message.queues.compactMap { try? QueueName($0) }
        let types = message.types.compactMap { try? JobType($0) }
        guard queues.count == message.queues.count, types.count == message.types.count else {
            throw refusal("a queue or type that the worker names is not valid")
        }
        self.init(
            worker: worker,
            secret: [UInt8](message.secret),
            name: message.name.storable(maxBytes: Self.maxNameBytes),
            slots: Int(min(message.slots, 100_000)),
            scope: WorkerScope(
                tenant: caller.credential == .workerToken ? nil : caller.principal.tenant,
                queues: Set(queues),
                types: Set(types)
            ),
            runs: message.runs.compactMap(RunKey.init)
        )
    }
}
