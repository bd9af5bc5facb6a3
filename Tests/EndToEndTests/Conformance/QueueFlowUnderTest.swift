import Foundation
import LocalServers
import Logging
import QueueFlowClient
import QueueFlowTesting
import QueueFlowWorker
import ServiceLifecycle
import Testing

/// A QueueFlow with workers of the test's own, whatever it is made of.
protocol QueueFlowUnderTest: Sendable {
    /// Submits jobs and shows them.
    var client: QueueFlowClient { get }
    /// Starts a worker that runs one job at a time.
    func start(_ register: @escaping @Sendable (inout Worker) -> Void) async throws
    /// Has jobs run, and time pass, until a job is in a state.
    func reach(_ state: JobState, _ id: String) async throws -> JobRecord
    /// Has jobs run for a time.
    func pass(_ time: Duration) async throws
    /// Holds a queue back.
    func pause(_ queue: String) async throws
    /// Lets a queue go on.
    func resume(_ queue: String) async throws
}

/// What a QueueFlow can be made of.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    /// ``InMemoryQueueFlow``.
    case memory
    /// The services' executables, PostgreSQL, Redis and a broker, and workers of the library in this process.
    case services

    var testDescription: String { rawValue }

    /// Runs a test with one that has no jobs yet.
    func run(_ body: (any QueueFlowUnderTest) async throws -> Void) async throws {
        switch self {
        case .memory:
            let queueflow = InMemoryUnderTest()
            do {
                try await body(queueflow)
            } catch {
                await queueflow.queueflow.stop()
                throw error
            }
            await queueflow.queueflow.stop()
        case .services:
            let queueflow = try await ServicesUnderTest(try await SharedStack.shared.stack())
            do {
                try await body(queueflow)
            } catch {
                await queueflow.end()
                throw error
            }
            await queueflow.end()
        }
    }
}

/// A job did not come to the state that it was to come to.
struct NotReached: Error, CustomStringConvertible {
    var state: JobState
    var job: JobRecord?

    var description: String {
        "the job is \(job?.state.rawValue ?? "not seen") and not \(state): \(job?.error ?? "no error")"
    }
}

// MARK: In memory

/// The one in memory, which runs jobs while something is waited for.
actor InMemoryUnderTest: QueueFlowUnderTest {
    nonisolated let queueflow = InMemoryQueueFlow()
    nonisolated var client: QueueFlowClient { queueflow.client }

    func start(_ register: @escaping @Sendable (inout Worker) -> Void) async throws {
        try await queueflow.start { register(&$0) }
    }

    private var isDraining = false

    /// Drains in a task of its own, as a handler may wait for what the test does next.
    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        Task {
            await queueflow.drain()
            isDraining = false
        }
    }

    func reach(_ state: JobState, _ id: String) async throws -> JobRecord {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            drain()
            if state == .running { await queueflow.untilRunning(id) }
            // Time is to pass when all is done that can be, or a handler does not go on by itself.
            for _ in 0..<20 where isDraining { try await Task.sleep(for: .milliseconds(1)) }
            let job = try await client.job(id)
            if job.state == state { return job }
            if job.state.hasEnded { throw NotReached(state: state, job: job) }
            await queueflow.advance(by: .milliseconds(10))
        }
        throw NotReached(state: state, job: try await client.job(id))
    }

    func pass(_ time: Duration) async {
        await queueflow.drain(within: time)
    }

    func pause(_ queue: String) async {
        await queueflow.pause(queue: queue)
    }

    func resume(_ queue: String) async {
        await queueflow.resume(queue: queue)
    }
}

// MARK: All there is

/// One stack for all of these tests: each is a tenant of its own there.
actor SharedStack {
    static let shared = SharedStack()

    private var starting: Task<TestStack, any Error>?

    func stack() async throws -> TestStack {
        if let starting { return try await starting.value }
        let start = Task { try await TestStack.start(programs: [.devBroker, .jobService, .scheduler]) }
        starting = start
        return try await start.value
    }
}

/// A tenant of a stack, with workers in this process.
actor ServicesUnderTest: QueueFlowUnderTest {
    nonisolated let client: QueueFlowClient

    private let stack: TestStack
    private let tenant = "t\(UInt32.random(in: 0 ... .max))"
    private let workerKey: String
    private var workers: [(group: ServiceGroup, task: Task<Void, any Error>)] = []

    init(_ stack: TestStack) async throws {
        self.stack = stack
        workerKey = try await stack.apiKey(tenant: tenant, role: "WORKER")
        client = try QueueFlowClient(
            url: stack.url,
            credential: .apiKey(try await stack.apiKey(tenant: tenant)),
            configuration: QueueFlowClientConfiguration(maxAttempts: 1)
        )
    }

    func start(_ register: @escaping @Sendable (inout Worker) -> Void) async throws {
        let logger = Logger(label: "conformance", factory: { _ in SwiftLogNoOpLogHandler() })
        let health = WorkerHealth()
        var worker = Worker(
            configuration: WorkerConfiguration(
                name: tenant,
                controlAddresses: [stack.grpcAddress(of: .jobService)],
                token: workerKey,
                kafkaBrokers: stack.kafkaBrokers,
                kafkaProperties: Self.kafkaProperties,
                concurrency: 1,
                drainTimeout: .zero
            ),
            logger: logger,
            health: health
        )
        register(&worker)
        let group = ServiceGroup(services: [worker], logger: logger)
        workers.append((group, Task { try await group.run() }))
        while let problem = health.problem, !problem.contains("Kafka") {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private static let kafkaProperties: [String: String] = Dictionary(
        uniqueKeysWithValues: DevBrokerProperties.worker.split(separator: ",").map { property in
            let parts = property.split(separator: "=", maxSplits: 1)
            return (String(parts[0]), String(parts[1]))
        }
    )

    func end() async {
        for worker in workers {
            await worker.group.triggerGracefulShutdown()
            _ = try? await worker.task.value
        }
        await client.shutdown()
    }

    func reach(_ state: JobState, _ id: String) async throws -> JobRecord {
        let deadline = ContinuousClock.now + .seconds(20)
        var job = try await client.job(id)
        while job.state != state {
            guard !job.state.hasEnded, ContinuousClock.now < deadline else {
                throw NotReached(state: state, job: job)
            }
            try await Task.sleep(for: .milliseconds(5))
            job = try await client.job(id)
        }
        return job
    }

    func pass(_ time: Duration) async throws {
        try await Task.sleep(for: time)
    }

    func pause(_ queue: String) async throws {
        // One that had no job yet is made known first.
        _ = try await stack.request("PUT", "/queues/\(queue)?tenant=\(tenant)", body: #"{"max_depth": null}"#)
        _ = try await stack.request("POST", "/queues/\(queue)/pause?tenant=\(tenant)")
    }

    func resume(_ queue: String) async throws {
        _ = try await stack.request("POST", "/queues/\(queue)/resume?tenant=\(tenant)")
    }
}
