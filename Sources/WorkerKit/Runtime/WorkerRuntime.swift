import Concurrency
import Foundation
import GRPC
import JobCore
import Kafka
import Logging
import Metrics
import Platform
import ServiceLifecycle
import Synchronization
import UnixSignals

/// A worker at work: the tasks round one ``DispatchState``.
///
/// The consumer task tells it of records, the session's tasks carry its exchanges, each run is a task of its own on the handlers'
/// threads, and the lease watch stops the runs in time when the lease cannot be renewed.
final class WorkerRuntime: Sendable {
    let id = WorkerID.make()
    /// What proves that a later session is this process's.
    let secret = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })
    let configuration: WorkerConfiguration
    let types: Set<JobType>
    let logger: Logger
    let health: WorkerHealth
    let state: Mutex<DispatchState>
    let lease = Lease()
    /// Raised when there may be something to report or to ask for.
    let outbound = Signal()
    /// Raised when less is going on than before, for who waits for an end.
    let progress = Signal()
    /// Raised when a grant may wait.
    private let grants = Signal()
    /// Whose worker the credential makes this: known with the first welcome, and the same ever after.
    let tenant = Mutex<TenantName??>(nil)
    let isWelcome = Signal()

    private let client: GRPCClient
    private let ending = Atomic(false)
    private let runner: JobRunner
    private let executor: HandlerExecutor

    init(
        configuration: WorkerConfiguration,
        handlers: [String: RegisteredHandler],
        health: WorkerHealth,
        logger: Logger
    ) throws {
        var logger = logger
        logger[metadataKey: "worker_id"] = "\(id)"
        self.configuration = configuration
        self.logger = logger
        self.health = health
        types = Set(try handlers.keys.map { try JobType($0) })
        state = Mutex(
            DispatchState(
                DispatchConfiguration(
                    slots: configuration.concurrency,
                    scope: WorkerScope(tenant: nil, queues: Set(configuration.queues), types: types),
                    tenantShare: configuration.tenantShare
                )
            )
        )
        runner = JobRunner(handlers: handlers, logger: logger)
        executor = try HandlerExecutor(limit: configuration.concurrency)
        client = try GRPCClient(
            configuration: GRPCClientConfiguration(addresses: configuration.controlAddresses),
            interceptors: [BearerTokenInterceptor { [token = configuration.token] in token }],
            logger: logger
        )
    }

    func run() async throws {
        logger.info(
            "worker starts",
            metadata: ["name": "\(configuration.name)", "slots": "\(configuration.concurrency)"]
        )
        // Not a child: graceful shutdown must reach the client only after the drain.
        let connection = Task.detached { [client] in try await client.run() }
        defer {
            connection.cancel()
            executor.stop()
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.consume() }
                group.addTask { await self.keepSession() }
                group.addTask { await self.watchLease() }
                group.addTask { await self.watchGrants() }
                group.addTask {
                    try? await gracefulShutdown()
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
            for task in state.withLock(\.tasks) { task.cancel() }
            await waitUntil(atMost: Self.grace) { $0.runningCount == 0 }
        }.value
    }

    // MARK: Runs

    /// An exchange was answered.
    func take(_ exchanged: ControlExchanged) {
        let granted = exchanged.granted
        state.withLock { state in
            state.answered(
                exchanged.sequence,
                granted: granted,
                pulled: exchanged.pulls.map { ($0.isExhausted, $0.reached == 0 ? nil : $0.reached) },
                isCut: exchanged.isCut,
                tenantsShare: exchanged.hasTenantsShare ? exchanged.tenantsShare : nil,
                at: .now
            )
        }
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
        for run in state.withLock({ $0.startable() }) {
            let task = Task(executorPreference: executor) { [self] in
                let outcome = await runner.run(run)
                finished(run.key, outcome)
            }
            if state.withLock({ $0.started(run.key, task: task) }) { task.cancel() }
        }
    }

    private func finished(_ key: RunKey, _ outcome: RunOutcome.Kind) {
        let isLast = state.withLock { state in
            state.finished(key, outcome, at: .now)
            return state.isDraining || state.runningCount == 0
        }
        proceed()
        if isLast { progress.raise() }
    }

    /// The lease is lost: the handlers are stopped.
    func loseLease(because reason: Logger.Message) {
        cancel(state.withLock { $0.leaseLost() }, because: reason)
        outbound.raise()
    }

    /// Stops handlers whose runs are no longer ours, or are to be given back.
    func cancel(_ tasks: [Task<Void, Never>], because reason: Logger.Message) {
        guard !tasks.isEmpty else { return }
        logger.warning(reason, metadata: ["runs": "\(tasks.count)"])
        tasks.forEach { $0.cancel() }
    }

    /// Gives grants back that have waited for a slot too long.
    private func watchGrants() async {
        while !Task.isCancelled {
            if let next = state.withLock({ $0.expire(at: .now) }) {
                outbound.raise()
                try? await Task.sleep(until: next, tolerance: .milliseconds(50), clock: .continuous)
            } else {
                await grants.wait()
            }
        }
    }

    // MARK: Session

    /// The job-service has let the worker in.
    ///
    /// - Throws: ``TenantChanged`` when the credential is another tenant's than before.
    func welcomed(tenant name: String) throws {
        let named = name.isEmpty ? nil : TenantName(validated: name)
        let isSame = tenant.withLock { tenant in
            if tenant == nil { tenant = .some(named) }
            return tenant == .some(named)
        }
        guard isSame else { throw TenantChanged() }
        state.withLock { $0.serve(named) }
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
            state.withLock { $0.sessionEnded() }
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

    /// Ends in order: no new claims, running jobs may end, the rest is given back, everything is reported.
    private func drain() async {
        logger.info("worker drains", metadata: ["running": "\(state.withLock(\.runningCount))"])
        state.withLock { $0.startDraining() }
        outbound.raise()
        await untilSecondSignal { [self] in
            await waitUntil(atMost: configuration.drainTimeout) { $0.runningCount == 0 }
        }
        cancel(state.withLock { $0.abandonRuns() }, because: "the drain's time is up; running jobs are given back")
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
        while !state.withLock({ isReached($0) }), ContinuousClock.now < deadline, !Task.isCancelled {
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
