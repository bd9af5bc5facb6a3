public import Logging
public import QueueFlowJobs
public import ServiceLifecycle

/// A process that runs jobs.
///
///     await Worker.main { worker in
///         worker.handle(SendEmail.self) { email, job in
///             try await mailer.send(email, idempotencyKey: job.id)
///         }
///     }
///
/// It consumes records from Kafka, claims their runs over gRPC, calls the handlers and reports the outcomes. On graceful
/// shutdown it drains: running jobs may end, what is left after ``WorkerConfiguration/drainTimeout`` is given back.
///
/// Who has a service group of one's own makes the worker from a ``WorkerConfiguration`` and runs it there.
public struct Worker: Service, CustomStringConvertible {
    private let configuration: WorkerConfiguration
    private let logger: Logger
    private let health: WorkerHealth
    private var handlers: [String: RegisteredHandler] = [:]
    private var middleware: [any JobMiddleware] = []
    private var starts: [@Sendable () async throws -> Void] = []
    private var stops: [@Sendable () async -> Void] = []

    /// A worker without handlers.
    public init(configuration: WorkerConfiguration, logger: Logger, health: WorkerHealth = WorkerHealth()) {
        self.configuration = configuration
        self.logger = logger
        self.health = health
    }

    /// The worker's name: service groups write what they run into their logs, where its token has no business.
    public var description: String { "Worker(\(configuration.name))" }

    /// Its name, for people.
    public var name: String { configuration.name }

    // MARK: Handlers

    // Disfavoured, as a closure of several statements that returns nothing could be meant for either of the two.

    /// Registers what runs the jobs of a kind, and of what it was like before, instead of what did before.
    ///
    /// What the kind says of time-out and backoff holds for jobs that were submitted without.
    ///
    /// - Parameters:
    ///   - job: The kind.
    ///   - threads: Where the handler runs.
    ///   - concurrency: How many jobs of the type run at once in this worker; nil means as many as it has slots.
    ///   - body: Is given the payload and the job, and returns the result.
    @_disfavoredOverload  // A closure that returns nothing is meant for the other function.
    public mutating func handle<Kind: Job>(
        _ job: Kind.Type,
        on threads: HandlerThreads = .shared,
        concurrency: Int? = nil,
        _ body: @escaping @Sendable (Kind, RunningJob) async throws -> Kind.Output
    ) {
        let handler = ClosureHandler { job in
            let payload: Kind
            do {
                payload = try Kind.decode(type: job.type, payload: job.payload)
            } catch {
                throw JobFailure.discard("\(error)")
            }
            let output = try await body(payload, job)
            return output is NoOutput ? .none : .json(try JobCoding.encode(output))
        }
        for type in Kind.servedTypes {
            handle(
                type,
                backoff: Kind.defaults.backoff,
                timeout: Kind.defaults.timeout,
                on: threads,
                concurrency: concurrency,
                with: handler
            )
        }
    }

    /// Registers what runs the jobs of a kind that has no result, and of what it was like before, instead of what did before.
    ///
    /// What the kind says of time-out and backoff holds for jobs that were submitted without.
    ///
    /// - Parameters:
    ///   - job: The kind.
    ///   - threads: Where the handler runs.
    ///   - concurrency: How many jobs of the type run at once in this worker; nil means as many as it has slots.
    ///   - body: Is given the payload and the job.
    public mutating func handle<Kind: Job>(
        _ job: Kind.Type,
        on threads: HandlerThreads = .shared,
        concurrency: Int? = nil,
        _ body: @escaping @Sendable (Kind, RunningJob) async throws -> Void
    ) where Kind.Output == NoOutput {
        handle(job, on: threads, concurrency: concurrency) { payload, job in
            try await body(payload, job)
            return NoOutput()
        }
    }

    /// Registers what runs the jobs of a type, instead of what did before.
    ///
    /// - Parameters:
    ///   - type: The type's name.
    ///   - backoff: How long jobs that do not say so themselves wait for their next attempt; nil means exponentially from 2 s.
    ///   - timeout: How long an attempt may take of jobs that do not say so themselves; nil means as long as it likes.
    ///   - threads: Where the handler runs.
    ///   - concurrency: How many jobs of the type run at once in this worker; nil means as many as it has slots.
    ///   - handler: Is given the jobs.
    public mutating func handle(
        _ type: String,
        backoff: JobBackoff? = nil,
        timeout: Duration? = nil,
        on threads: HandlerThreads = .shared,
        concurrency: Int? = nil,
        with handler: some JobHandler
    ) {
        handlers[type] = RegisteredHandler(
            handler: handler,
            backoff: backoff,
            timeout: timeout,
            threads: threads,
            concurrency: concurrency
        )
    }

    /// Registers what runs the jobs of a type, instead of what did before.
    ///
    /// - Parameters:
    ///   - type: The type's name.
    ///   - backoff: How long jobs that do not say so themselves wait for their next attempt; nil means exponentially from 2 s.
    ///   - timeout: How long an attempt may take of jobs that do not say so themselves; nil means as long as it likes.
    ///   - threads: Where the handler runs.
    ///   - concurrency: How many jobs of the type run at once in this worker; nil means as many as it has slots.
    ///   - body: Is given the job, and returns what is kept of the run.
    public mutating func handle(
        _ type: String,
        backoff: JobBackoff? = nil,
        timeout: Duration? = nil,
        on threads: HandlerThreads = .shared,
        concurrency: Int? = nil,
        _ body: @escaping @Sendable (RunningJob) async throws -> JobResult
    ) {
        handle(
            type,
            backoff: backoff,
            timeout: timeout,
            on: threads,
            concurrency: concurrency,
            with: ClosureHandler(body: body)
        )
    }

    // MARK: Round the handlers

    /// Puts something round all handlers, inside what was put there before.
    public mutating func use(_ middleware: some JobMiddleware) {
        self.middleware.append(middleware)
    }

    /// Does something before the first job, such as opening connections. The worker does not start when it throws.
    public mutating func onStart(_ body: @escaping @Sendable () async throws -> Void) {
        starts.append(body)
    }

    /// Does something after the last job, in the reverse order of how it was said.
    public mutating func onStop(_ body: @escaping @Sendable () async -> Void) {
        stops.append(body)
    }

    /// The types that it has handlers for.
    public var types: [String] { handlers.keys.sorted() }

    /// What calls the handlers, with what was put round them.
    package var runner: JobRunner {
        JobRunner(handlers: handlers, middleware: middleware, logger: logger)
    }

    /// Runs jobs until graceful shutdown or cancellation.
    ///
    /// - Throws: ``InvalidWorkerConfiguration``; what a hook for the start throws; and when the consumer cannot go on. Everything else
    ///   is retried.
    public func run() async throws {
        let runtime = try WorkerRuntime(configuration: configuration, runner: runner, health: health, logger: logger)
        try await started()
        let ended: Result<Void, any Error>
        do {
            ended = .success(try await runtime.run())
        } catch {
            ended = .failure(error)
        }
        await stopped()
        try ended.get()
    }

    /// Does what is to be done before the first job.
    package func started() async throws {
        for start in starts { try await start() }
    }

    /// Does what is to be done after the last job.
    package func stopped() async {
        for stop in stops.reversed() { await stop() }
    }
}

/// Where a handler runs.
public struct HandlerThreads: Hashable, Sendable {
    enum Kind: Hashable { case shared, blocking }

    let kind: Kind

    /// On threads that handlers share, about as many as processors: for handlers that wait with `await`.
    public static let shared = HandlerThreads(kind: .shared)
    /// On threads of which each run finds one free: for handlers that block theirs, or compute for long.
    public static let blocking = HandlerThreads(kind: .blocking)
}
