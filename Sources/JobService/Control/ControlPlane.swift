import Concurrency
import GRPC
import JobCore
import JobStore
import Logging
import Metrics
import Platform

/// The workers' side of the job-service.
struct ControlPlane: GRPCService {
    /// How long a worker may take to say hello.
    private static let helloTime = Duration.seconds(10)

    let leases: LeaseStore
    let backlogs: BacklogStore
    let pipeline: ExchangePipeline
    let children: ChildSubmission
    let renewals: Batcher<LeaseRenewal, RenewedLease>
    let sessions: WorkerSessions
    let gate = SessionGate()
    let relay: HintRelay
    let ended: EndedRunsPublisher
    let events: JobEvents
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
        meters: JobMeters,
        waits: WaitKeeper? = nil,
        logger: Logger
    ) {
        children = ChildSubmission(jobs: stores.jobs, submission: submission, events: events, logger: logger)
        leases = stores.leases
        backlogs = stores.backlogs
        self.sessions = sessions
        self.relay = relay
        ended = publisher
        self.events = events
        self.revocations = revocations
        self.logger = logger
        pipeline = ExchangePipeline(store: stores.exchanges, meters: meters, waits: waits, logger: logger) {
            events.isHeard
        } ended: { ended in
            publisher.publish(ended)
        } changed: { exchanges, done in
            events.changed(by: exchanges, done)
        }
        let renewed = Counter(.leaseRenewals, [("outcome", "renewed")])
        let expired = Counter(.leaseRenewals, [("outcome", "expired")])
        // Bounded by the number of sessions, each of which has a few renewals under way.
        renewals = Batcher(limits: .init(batchItems: 1_000, waitingCost: .max, lanes: 1), owner: { $0.tenant }) {
            [leases] batch in
            let renewal = try await leases.renew(batch.map { ($0.session, $0.running) }, lease: LeaseTimes.lease)
            renewed.increment(by: renewal.renewed.count)
            expired.increment(by: batch.count - renewal.renewed.count)
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
        // A stream costs memory, and is counted as its tenant's with Hello only.
        let first: Result<ControlWorkerMessage?, any Error>? = await withTimeLimit(Self.helloTime) {
            do {
                return .success(try await requests.first { _ in true })
            } catch {
                return .failure(error)
            }
        }
        guard let first else { throw GRPCError.helloMissing }
        guard case .hello(let message) = try first.get()?.kind else {
            throw GRPCError(code: .invalidArgument, message: "a session begins with Hello")
        }
        // The stream may have been open for long by now.
        try caller.check(by: revocations)
        let hello = try WorkerHello(message, of: caller)
        do {
            try await gate.run(of: hello.scope.tenant, naming: hello.scope.nameBytes) {
                let opened = try await retryingConflicts { try await leases.open(hello, lease: LeaseTimes.lease) }
                guard let opened else { throw GRPCError.anotherTenants }
                return opened
            } _: { opened in
                ended.publish(opened.ended)
                events.changed(by: opened.ended)
                let session = ControlSession(
                    plane: self,
                    caller: caller,
                    hello: hello,
                    opened: opened,
                    requests: requests,
                    responses: responses
                )
                try await session.run()
            }
        } catch is CancellationError {
            throw GRPCError(code: .unavailable, message: "the job-service is ending; open a session with another one")
        } catch let error as GRPCError {
            throw error
        } catch let error as TenantLimitReached {
            throw GRPCError(code: .resourceExhausted, message: "\(error)")
        } catch is TenantClosed {
            throw GRPCError.tenantSuspended
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
    /// Whose jobs alone the worker serves; nil means everybody's.
    var tenant: TenantName?
    var running: Int
}

/// What became of it.
struct RenewedLease: Sendable {
    var isRenewed: Bool
    /// The worker's runs that are to be stopped.
    var cancelledRuns: [CancelledRun]
}

extension GRPCError {
    fileprivate static let helloMissing = GRPCError(
        code: .deadlineExceeded,
        message: "a session begins with Hello, within 10 seconds"
    )
    fileprivate static let anotherTenants = GRPCError(
        code: .permissionDenied,
        message: "the worker has a session with a credential of another tenant; start it anew"
    )
}
