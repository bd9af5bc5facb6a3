public import JobCore
public import Logging
public import ServiceLifecycle

/// A process that runs jobs.
///
///     var worker = Worker(configuration: configuration, logger: logger)
///     worker.handle("email.send") { job in
///         let email = try job.decodePayload(as: Email.self)
///         try await mailer.send(email, idempotencyKey: job.id.description)
///         return .none
///     }
///     try await ServiceGroup(services: [worker], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger).run()
///
/// It consumes records from Kafka, claims their runs over gRPC, calls the handlers and reports the outcomes. On graceful
/// shutdown it drains: running jobs may end, what is left after ``WorkerConfiguration/drainTimeout`` is given back.
public struct Worker: Service, CustomStringConvertible {
    private let configuration: WorkerConfiguration
    private let logger: Logger
    private let health: WorkerHealth
    private var handlers: [String: RegisteredHandler] = [:]

    /// A worker without handlers.
    public init(configuration: WorkerConfiguration, logger: Logger, health: WorkerHealth = WorkerHealth()) {
        self.configuration = configuration
        self.logger = logger
        self.health = health
    }

    /// The worker's name: service groups write what they run into their logs, where its token has no business.
    public var description: String { "Worker(\(configuration.name))" }

    /// Registers what runs the jobs of a type, instead of what did before.
    ///
    /// - Parameter retry: When jobs of this type that have no retry policy of their own are tried again; nil means
    ///   ``RetryPolicy/default``.
    public mutating func handle(_ type: String, retry: RetryPolicy? = nil, with handler: some JobHandler) {
        handlers[type] = RegisteredHandler(handler: handler, retry: retry)
    }

    /// Registers what runs the jobs of a type, instead of what did before.
    ///
    /// - Parameter retry: When jobs of this type that have no retry policy of their own are tried again; nil means
    ///   ``RetryPolicy/default``.
    public mutating func handle(
        _ type: String,
        retry: RetryPolicy? = nil,
        _ body: @escaping @Sendable (RunningJob) async throws -> JobResult
    ) {
        handle(type, retry: retry, with: ClosureHandler(body: body))
    }

    /// Runs jobs until graceful shutdown or cancellation.
    ///
    /// - Throws: When the consumer cannot go on; everything else is retried.
    public func run() async throws {
        let runtime = try WorkerRuntime(
            configuration: configuration,
            handlers: handlers,
            health: health,
            logger: logger
        )
        try await runtime.run()
    }
}
