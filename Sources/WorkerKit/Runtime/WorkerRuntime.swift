import Foundation
import GRPC
import JobCore
import Kafka
import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// A worker at work: the tasks round one ``DispatchState``.
///
/// The consumer task fills it with records, the session's tasks send its claims and outcomes and bring the answers, each
/// run is a task of its own, and the lease watch stops the runs in time when the lease cannot be renewed.
final class WorkerRuntime: Sendable {
    let id = WorkerID.make()
    let configuration: WorkerConfiguration
    let logger: Logger
    let health: WorkerHealth
    let state: Mutex<DispatchState>
    let lease = Lease()
    let consumer: KafkaConsumer
    let admin: KafkaAdmin
    /// Raised when there may be a claim or an outcome to send.
    let outbound = Signal()
    /// Raised when the consumer is to be told something.
    let consumerCommands = Signal()
    /// Raised, while draining, when less is going on than before.
    let progress = Signal()

    private let client: GRPCClient
    private let ending = Atomic(false)
    private let runner: JobRunner
    private let subscribed = Mutex<Set<String>>([])

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
        state = Mutex(DispatchState(slots: configuration.concurrency))
        runner = JobRunner(handlers: handlers, logger: logger)
        consumer = try KafkaConsumer(
            configuration: KafkaConsumerConfiguration(
                connection: configuration.kafka,
                group: WorkerConfiguration.consumerGroup
            ),
            logger: logger
        )
        admin = try KafkaAdmin(connection: configuration.kafka, logger: logger)
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
        defer { connection.cancel() }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.consume() }
                group.addTask { await self.applyConsumerCommands() }
                group.addTask { await self.keepSession() }
                group.addTask { await self.watchLease() }
                group.addTask {
                    try? await gracefulShutdown()
                    await self.drain()
                }
                try await group.next()
                group.cancelAll()
            }
        } catch is CancellationError {
            logger.info("worker was cancelled")
        }
        await consumer.close()
        logger.info("worker has ended")
    }

    // MARK: Runs

    /// Starts the handlers of runs that were granted.
    func start(_ records: [WaitingRecord], grants: [RunKey: ControlGrant]) {
        for record in records {
            let key = RunKey(job: record.job, run: record.run)
            guard let grant = grants[key] else { continue }
            let task = Task.detached {
                let outcome = await self.runner.run(record, grant: grant)
                self.state.withLock { $0.finished(FinishedRun(key: key, outcome: outcome)) }
                self.outbound.raise()
                self.progress.raise()
            }
            if state.withLock({ $0.started(key, task: task) }) {
                task.cancel()
            }
        }
    }

    /// Stops handlers whose runs are no longer ours, or are to be given back.
    func cancel(_ tasks: [Task<Void, Never>], because reason: Logger.Message) {
        guard !tasks.isEmpty else { return }
        logger.warning(reason, metadata: ["runs": "\(tasks.count)"])
        tasks.forEach { $0.cancel() }
    }

    // MARK: Session

    /// Keeps a session with a job-service open for as long as the task runs.
    private func keepSession() async {
        var backoff = Backoff(first: .milliseconds(50), longest: .seconds(2))
        var isRefused = false
        while !Task.isCancelled, !isEnding {
            let start = ContinuousClock.now
            do {
                let session = WorkerSession(runtime: self)
                try await client.bidirectional(
                    WorkerControl.session,
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
                        "the job-service refuses the worker's credential; set WORKER_TOKEN to a good one",
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

    /// Consumes the topics that the control plane names.
    func subscribe(to topics: [String]) {
        let wanted = Set(topics)
        let isNew = subscribed.withLock { subscribed in
            defer { subscribed = wanted }
            return subscribed != wanted
        }
        guard isNew else { return }
        state.withLock { $0.serve(Set(topics.compactMap { Topic(name: $0) })) }
        outbound.raise()
        do {
            try consumer.subscribe(wanted.sorted())
        } catch {
            logger.error("the subscription was refused", metadata: ["error": "\(error)"])
        }
    }

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
                cancel(
                    state.withLock { $0.leaseLost() },
                    because: "the lease could not be renewed; running jobs are stopped"
                )
            }
        }
    }

    // MARK: Drain

    /// Ends in order: no new claims, running jobs may end, the rest is given back, everything is reported.
    private func drain() async {
        logger.info("worker drains", metadata: ["running": "\(state.withLock(\.runningCount))"])
        state.withLock { $0.startDraining() }
        await waitUntil(atMost: configuration.drainTimeout) { $0.runningCount == 0 }
        cancel(state.withLock { $0.abandonRuns() }, because: "the drain's time is up; running jobs are given back")
        // Handlers that ignore their cancellation, or a job-service that is away: the lease ends for them.
        await waitUntil(atMost: .seconds(5)) { $0.isIdle }
        ending.store(true, ordering: .relaxed)
        outbound.raise()
        await waitUntil(atMost: .seconds(2)) { !$0.holdsLease }
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

extension GRPCError {
    /// Whether the other side does not let the caller in.
    fileprivate var isRefusal: Bool { code == .unauthenticated || code == .permissionDenied }
}
