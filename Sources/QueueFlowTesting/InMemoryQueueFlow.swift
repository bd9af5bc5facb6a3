public import Foundation
public import Logging
import NIOHTTP1
public import QueueFlowClient
public import QueueFlowWorker

/// A whole QueueFlow in memory, for unit tests: jobs, retries, delays and time, with no server and no waiting.
///
///     let queueflow = InMemoryQueueFlow()
///     try await queueflow.start { worker in
///         worker.registerMailer()                 // as Worker.main does
///     }
///     let email = try await queueflow.client.submit(SendEmail(to: "ada@example.com"))
///     await queueflow.drain()
///     #expect(try await email.output() == Receipt(id: 1))
///
/// ``client`` is a client like any other, so what submits jobs is tested with it as it is. Handlers run when ``drain(queue:)`` says so, one
/// after the other, and time passes when ``advance(by:)`` says so: what a test sees does not depend on the machine. Jobs behave as they do
/// in an installation: the same rules check them, the same state machine moves them, the same parts call handlers. Two things differ.
/// Delays that would be drawn by chance have their full length, and a handler that does not stop when it is told to is waited for.
public final class InMemoryQueueFlow: Sendable {
    /// Submits jobs, shows them, cancels them, and waits for what they result in. While it waits for a job's end, jobs are run and time
    /// passes as needed.
    public let client: QueueFlowClient

    private let installation: Installation
    private let logger: Logger

    /// One without jobs and workers.
    ///
    /// - Parameters:
    ///   - start: The time it is there; it passes only when it is told to.
    ///   - configuration: The client's, such as its codec.
    ///   - logger: Where handlers log; nowhere unless given.
    public init(
        startingAt start: Date = Date(),
        configuration: QueueFlowClientConfiguration = QueueFlowClientConfiguration(),
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        installation = Installation(startingAt: start)
        client = QueueFlowClient(
            carrier: InMemoryCarrier(installation: installation),
            configuration: configuration,
            logger: logger
        )
        self.logger = logger
    }

    // MARK: Workers

    /// Starts a worker. Jobs of types that no worker has a handler for wait. Where several have one, the first that was started runs them.
    ///
    /// - Parameter register: Registers handlers, and what is round them, as for `Worker.main`.
    /// - Throws: What `register` and the worker's hooks for its start throw.
    public func start(_ register: (inout Worker) async throws -> Void) async throws {
        var worker = Worker.forTesting(logger: logger)
        try await register(&worker)
        try await installation.start(worker)
    }

    /// Ends all workers: runs are told to stop and given back, and the hooks for the end are run.
    public func stop() async {
        await installation.stop()
    }

    // MARK: Running jobs

    /// Runs all jobs that are ready, and those that become ready by that, until none is.
    ///
    /// - Parameter queue: The queue to take them from; nil means all.
    /// - Returns: The runs, in the order in which they ended.
    @discardableResult
    public func drain(queue: String? = nil) async -> [PerformedRun] {
        var performed: [PerformedRun] = []
        while let run = await installation.runNext(queue: queue) { performed.append(run) }
        return performed
    }

    /// Runs all jobs that are ready, then lets time pass until others are, and so on, until nothing is due within a time. The whole of it
    /// has passed in the end.
    ///
    /// - Returns: The runs, in the order in which they ended.
    @discardableResult
    public func drain(within time: Duration) async -> [PerformedRun] {
        let end = await now.advanced(by: time)
        var performed = await drain()
        while let next = await installation.nextInstant, next <= end {
            await installation.advance(to: next)
            performed += await drain()
        }
        await installation.advance(to: end)
        return performed
    }

    /// Waits until a job runs, or has ended: for a test that does something meanwhile, such as to cancel it.
    ///
    ///     async let runs = queueflow.drain()
    ///     await queueflow.untilRunning(job.id)
    ///     await queueflow.advance(by: .seconds(30))   // its time is up
    ///     #expect(await runs.count == 1)
    public func untilRunning(_ id: String) async {
        await installation.untilRunning(id)
    }

    // MARK: Time

    /// The present time.
    public var now: Date {
        get async { await installation.now }
    }

    /// Lets time pass: what is due by then becomes ready, and runs whose time is up are told to stop. Nothing is run.
    public func advance(by time: Duration) async {
        await installation.advance(to: now.advanced(by: time))
    }

    // MARK: Jobs and queues

    /// All jobs that fit, the oldest first.
    public func jobs(_ filter: JobFilter = JobFilter()) async throws -> [JobRecord] {
        var jobs: [JobRecord] = []
        for try await job in client.jobs(filter) { jobs.append(job) }
        return jobs.reversed()
    }

    /// Holds a queue back: its jobs wait.
    public func pause(queue: String) async {
        await installation.setPaused(true, queue: queue)
    }

    /// Lets a queue that was held back go on.
    public func resume(queue: String) async {
        await installation.setPaused(false, queue: queue)
    }
}

/// Takes a client's calls to an installation in the same process.
private struct InMemoryCarrier: Carrier {
    let installation: Installation

    var address: String { "memory" }

    func carry(_ call: Call, within time: Duration) async throws -> Answer {
        let parts = URLComponents(string: call.path)
        let answer = await installation.answer(
            APICall(
                method: call.method.rawValue,
                path: (parts?.path ?? call.path).split(separator: "/").map(String.init),
                query: (parts?.queryItems ?? []).reduce(into: [:]) { $0[$1.name] = $1.value },
                idempotencyKey: call.headers.first(name: "Idempotency-Key"),
                body: [UInt8](call.body ?? Data())
            )
        )
        return Answer(status: answer.status, headers: HTTPHeaders(answer.headers), body: Data(answer.body))
    }

    func shutdown() async {}
}

/// A run that a worker in memory performed.
public struct PerformedRun: Sendable {
    /// The job's id.
    public let id: String
    /// The job's type.
    public let type: String
    /// The queue it came from.
    public let queue: String
    /// Which run of the job it was.
    public let run: Int
    /// Which attempt it was, counted from 1.
    public let attempt: Int
    /// What it came to, with the result's JSON.
    public let outcome: JobOutcome<Data?>
}

extension Date {
    fileprivate func advanced(by duration: Duration) -> Date {
        addingTimeInterval(duration / .seconds(1))
    }
}
