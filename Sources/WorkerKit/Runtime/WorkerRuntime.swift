import Concurrency
import Foundation
import GRPC
import JobCore
import Kafka
import Logging
import Metrics
import NIOConcurrencyHelpers
import Platform
import ServiceLifecycle
import Synchronization
import UnixSignals

/// A worker at work: the tasks round one ``DispatchState``.
///
/// The consumer task tells it of records, the session's tasks carry its exchanges, each run is a task of its own on the handlers'
/// threads, and the lease watch stops the runs in time when the lease cannot be renewed.
final class WorkerRuntime: Sendable {
    /// What the job-services know this process by, in all of its sessions. Nobody else is told: the worker's id follows from it.
    let secret = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })
    let configuration: WorkerConfiguration
    let checked: CheckedConfiguration
    let health: WorkerHealth
    /// Handlers' threads take it all the time. Of a `Mutex`, once one of them has to wait, each is handed over to who waits, so that every
    /// turn costs a change of threads; with one thread more than processors a worker was half as fast from then on.
    let state: NIOLockedValueBox<DispatchState>
    let lease = Lease()
    /// Raised when there may be something to report or to ask for.
    let outbound = Signal()
    /// Submits the jobs of handlers.
    let children: ChildJobs
    /// Raised when less is going on than before, for who waits for an end.
    let progress = Signal()
    /// Raised when a job-service says that the worker is to end.
    let isToEnd = Signal()
    /// Raised when a grant may wait.
    private let grants = Signal()
    /// Raised when a run has a deadline, or was told to stop.
    private let deadlines = Signal()
    /// How often runs are looked at, at most.
    private static let watchInterval = Duration.milliseconds(20)
    /// Whose worker the credential makes this: known with the first welcome, and the same ever after.
    let tenant = Mutex<TenantName??>(nil)
    let isWelcome = Signal()

    private let log: Mutex<Logger>
    private let client: GRPCClient
    private let ending = Atomic(false)
    let runner: JobRunner
    private let shared: HandlerExecutor
    private let blocking: HandlerExecutor
    private let stuck = Gauge(.workerStuckHandlers)
    private let leaseLosses = Counter(.workerLeaseLosses)
    private let roundTrip = Metrics.Timer(.workerExchangeRoundTrip)
    /// What reads from Kafka, once it does.
    let consumer = Mutex<KafkaConsumer?>(nil)
    let kafkaMeters: KafkaMeters

    init(
        configuration: WorkerConfiguration,
        runner: JobRunner,
        health: WorkerHealth,
        logger: Logger
    ) throws {
        self.configuration = configuration
        log = Mutex(logger)
        self.health = health
        self.runner = runner
        children = ChildJobs(outbound: outbound)
        kafkaMeters = KafkaMeters()
        checked = try CheckedConfiguration(configuration, types: runner.types)
        state = NIOLockedValueBox(
            DispatchState(
                DispatchConfiguration(
                    slots: configuration.concurrency,
                    scope: WorkerScope(tenant: nil, queues: checked.queues, types: checked.types),
                    limits: runner.limits,
                    tenantShare: configuration.tenantShare,
                    cancellationGrace: configuration.cancellationGrace
                )
            )
        )
        shared = try HandlerExecutor(limit: configuration.concurrency)
        blocking = try HandlerExecutor(limit: configuration.concurrency, growsAtOnce: true)
        client = try GRPCClient(
            configuration: checked.controlPlane.client,
            interceptors: [
                MetricsInterceptor(prefix: "queueflow_"),
                BearerTokenInterceptor { [token = configuration.token] in token },
            ],
            logger: logger
        )
    }

    func run() async throws {
        logger.info(
            "worker starts",
            metadata: [
                "name": "\(configuration.name)", "slots": "\(configuration.concurrency)",
                "types": "\(runner.types.joined(separator: ", "))",
                "queues":
                    "\(configuration.queues.isEmpty ? "all" : configuration.queues.sorted().joined(separator: ", "))",
            ]
        )
        stuck.record(0)
        health.show { [self] in figures }
        defer { health.show(nil) }
        // Not a child: graceful shutdown must reach the client only after the drain.
        let connection = Task.detached { [client] in try await client.run() }
        defer {
            connection.cancel()
            shared.stop()
            blocking.stop()
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.consume() }
                group.addTask { await self.keepSession() }
                group.addTask { await self.watchLease() }
                group.addTask { await self.watchGrants() }
                group.addTask { await self.watchRuns() }
                group.addTask { await self.watchNotes() }
                group.addTask {
                    await self.waitUntilToEnd()
                    await self.drain()
                }
                try await group.next()
                group.cancelAll()
            }
        } catch is CancellationError {
            logger.info("worker was cancelled")
        } catch {
            await endRuns()
            throw error
        }
        await endRuns()
        logger.info("worker has ended")
    }

    /// How long handlers that were cancelled have to end before the worker ends without them.
    private static let grace = Duration.seconds(2)

    /// Stops the handlers that still run, and waits for those that heed it, also in a task that was cancelled.
    private func endRuns() async {
        await Task.detached { [self] in
            for handle in state.withLockedValue(\.handles) { handle.cancel(because: .draining) }
            await waitUntil(atMost: Self.grace) { $0.runningCount == 0 }
        }.value
    }

    // MARK: Runs

    /// An exchange was answered.
    func take(_ exchanged: ControlExchanged) {
        var granted = exchanged.granted
        for index in granted.indices where granted[index].timeout == nil {
            granted[index].timeout = runner.timeout(of: granted[index].backlog.type)
        }
        let now = ContinuousClock.now
        RunSpans.received(granted) { state.withLockedValue { $0.sentAt(exchanged.sequence) }.map { .now - $0 } }
        let lost = state.withLockedValue { state in
            if let sent = state.sentAt(exchanged.sequence) { roundTrip.record(duration: now - sent) }
            return state.answered(
                exchanged.sequence,
                granted: granted,
                pulled: exchanged.pulls.map { ($0.isExhausted, $0.reached == 0 ? nil : $0.reached) },
                isCut: exchanged.isCut,
                lost: exchanged.lost.compactMap(RunKey.init),
                tenantsShare: exchanged.hasTenantsShare ? exchanged.tenantsShare : nil,
                at: now
            )
        }
        cancel(lost, .leaseLost, because: "runs were taken from the worker; they are stopped")
        proceed()
        grants.raise()
        progress.raise()
    }

    /// There may be room for what waits here, or elsewhere.
    func proceed() {
        startRuns()
        outbound.raise()
    }

    /// Starts the handlers of the runs that have a slot.
    private func startRuns() {
        var haveDeadlines = false
        for (run, handle) in state.withLockedValue({ $0.startable(at: .now) }) {
            let executor = runner.threads(of: run.backlog.type) == .blocking ? blocking : shared
            let task = Task(executorPreference: executor) { [self] in
                let outcome = await runner.run(run, handle, children.submit)
                finished(run.key, outcome)
            }
            handle.started(task)
            if run.deadline != nil { haveDeadlines = true }
        }
        if haveDeadlines { deadlines.raise() }
    }

    /// Stops handlers whose time is up, and gives up on those that do not stop.
    private func watchRuns() async {
        while !Task.isCancelled {
            let (timedOut, stuck, next) = state.withLockedValue { $0.overdue(at: .now) }
            for handle in timedOut { handle.cancel(because: .timeout) }
            for run in stuck { giveUp(run) }
            if let next {
                await deadlines.wait(atMost: max(.zero, next - .now))
            } else {
                await deadlines.wait()
            }
            // Runs that start by the thousand are not looked at one by one.
            try? await Task.sleep(for: Self.watchInterval)
        }
    }

    private func giveUp(_ run: GrantedJob) {
        logger.error(
            "a handler does not stop; its run is reported without it, its slot stays taken",
            metadata: ["type": "\(run.backlog.type)", "job_id": "\(run.key.job)", "run": "\(run.key.run)"]
        )
        let outcome = runner.timedOut(run)
        let count = state.withLockedValue { state in
            state.gaveUp(run.key, outcome)
            return state.stuckTypes.count
        }
        stuck.record(count)
        outbound.raise()
        progress.raise()
    }

    private func finished(_ key: RunKey, _ outcome: RunOutcome.Kind) {
        let isLast = state.withLockedValue { state in
            let wasStuck = state.stuckTypes.count
            state.finished(key, outcome, at: .now)
            if wasStuck > 0 { stuck.record(state.stuckTypes.count) }
            return state.isDraining || state.runningCount == 0
        }
        proceed()
        if isLast { progress.raise() }
    }

    /// The lease is lost: the handlers are stopped.
    func loseLease(because reason: Logger.Message) {
        leaseLosses.increment()
        cancel(state.withLockedValue { $0.leaseLost() }, .leaseLost, because: reason)
        outbound.raise()
    }

    /// Stops handlers whose runs are no longer ours, or are to be given back.
    func cancel(_ handles: [RunHandle], _ reason: CancellationReason, because message: Logger.Message) {
        guard !handles.isEmpty else { return }
        logger.warning(message, metadata: ["runs": "\(handles.count)"])
        for handle in handles { handle.cancel(because: reason) }
        deadlines.raise()
    }

    /// Gives grants back that have waited for a slot too long.
    private func watchGrants() async {
        while !Task.isCancelled {
            if let next = state.withLockedValue({ $0.expire(at: .now) }) {
                outbound.raise()
                try? await Task.sleep(until: next, tolerance: .milliseconds(50), clock: .continuous)
            } else {
                await grants.wait()
            }
        }
    }

    /// For how long what handlers say is gathered.
    private static let noteInterval = Duration.milliseconds(200)

    /// Reports what handlers say of their runs: the first at once, what follows it a little later together.
    private func watchNotes() async {
        let said = state.withLockedValue(\.said)
        while !Task.isCancelled {
            await said.wait()
            state.withLockedValue { $0.reportNotes() }
            outbound.raise()
            try? await Task.sleep(for: Self.noteInterval)
        }
    }

    // MARK: Session

    /// Tells of this worker, by its id once that is known.
    var logger: Logger { log.withLock { $0 } }

    /// The job-service has let the worker in, and told its id and its tenant.
    ///
    /// - Throws: ``TenantChanged`` when the credential is another tenant's than before.
    func welcomed(as id: WorkerID?, tenant name: String) throws {
        if let id { log.withLock { $0[metadataKey: "worker_id"] = "\(id)" } }
        let named = name.isEmpty ? nil : TenantName(validated: name)
        let isSame = tenant.withLock { tenant in
            if tenant == nil { tenant = .some(named) }
            return tenant == .some(named)
        }
        guard isSame else { throw TenantChanged() }
        state.withLockedValue { $0.serve(named) }
        isWelcome.raise()
    }

    /// Keeps a session with a job-service open for as long as the task runs.
    private func keepSession() async {
        var backoff = Backoff(first: .milliseconds(50), longest: .seconds(2))
        var isRefused = false
        while !Task.isCancelled, !isEnding {
            let start = ContinuousClock.now
            do {
                let session = WorkerSession(runtime: self)
                try await client.bidirectional(
                    MethodDescriptor(service: WorkerControl.service, method: WorkerControl.session),
                    ControlWorkerMessage.self,
                    ControlServerMessage.self,
                    options: CallOptions()
                ) { writer, responses in
                    try await session.run(writer: writer, responses: responses)
                }
                isRefused = false
            } catch let error as GRPCError where error.isRefusal {
                // Said once, and not asked often: nothing changes until a person has changed something.
                if !isRefused {
                    logger.error(
                        "the job-service refuses the worker; set WORKER_TOKEN to a good credential",
                        metadata: ["error": "\(error)"]
                    )
                }
                isRefused = true
            } catch {
                isRefused = false
                if !Task.isCancelled {
                    logger.warning("the session with the job-service ended", metadata: ["error": "\(error)"])
                }
            }
            health.setSession(false)
            health.setRefused(isRefused)
            state.withLockedValue { $0.sessionEnded() }
            children.sessionEnded()
            progress.raise()
            if ContinuousClock.now - start > .seconds(1) { backoff.reset() }
            guard !isEnding else { return }
            try? await Task.sleep(for: isRefused ? Self.refusalDelay : backoff.next())
        }
    }

    /// How long to wait before a credential that was refused is tried again.
    private static let refusalDelay = Duration.seconds(10)

    /// Stops the runs before the lease ends if it cannot be renewed, so that nobody else is given them while they go on.
    private func watchLease() async {
        while !Task.isCancelled {
            guard let remaining = lease.remaining() else {
                await lease.changed.wait()
                continue
            }
            if remaining > .zero {
                try? await Task.sleep(for: remaining)
            } else if lease.expire() {
                loseLease(because: "the lease could not be renewed; running jobs are stopped")
            }
        }
    }

    // MARK: Drain

    /// Waits until the process is told to end, by a signal or by a job-service.
    private func waitUntilToEnd() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await gracefulShutdown() }
            group.addTask { await self.isToEnd.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Ends in order: no new claims, running jobs may end, the rest is given back, everything is reported.
    private func drain() async {
        logger.info("worker drains", metadata: ["running": "\(state.withLockedValue(\.runningCount))"])
        state.withLockedValue { $0.startDraining() }
        outbound.raise()
        await untilSecondSignal { [self] in
            await waitUntil(atMost: configuration.drainTimeout) { $0.runningCount == 0 }
        }
        cancel(
            state.withLockedValue { $0.abandonRuns() },
            .draining,
            because: "the drain's time is up; running jobs are given back"
        )
        // Handlers that ignore their cancellation, or a job-service that is away: the lease ends for them.
        await waitUntil(atMost: .seconds(5)) { $0.isIdle }
        ending.store(true, ordering: .relaxed)
        outbound.raise()
        await waitUntil(atMost: .seconds(2)) { !$0.hasSession }
    }

    /// Runs the body until it ends or the process is told once more to end.
    private func untilSecondSignal(_ body: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask(operation: body)
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { return }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Whether the worker has nothing left to say but goodbye.
    var isEnding: Bool { ending.load(ordering: .relaxed) }

    private func waitUntil(atMost limit: Duration, _ isReached: (borrowing DispatchState) -> Bool) async {
        let deadline = ContinuousClock.now + limit
        while !state.withLockedValue({ isReached($0) }), ContinuousClock.now < deadline, !Task.isCancelled {
            await progress.wait(atMost: deadline - .now)
        }
    }
}

/// The worker's credential was another tenant's when it came first.
struct TenantChanged: Error, CustomStringConvertible {
    var description: String { "the worker's credential is another tenant's than before; start the worker anew" }
}

extension GRPCError {
    /// Whether the other side does not let the caller in.
    fileprivate var isRefusal: Bool {
        code == .unauthenticated || code == .permissionDenied || code == .invalidArgument
    }
}
