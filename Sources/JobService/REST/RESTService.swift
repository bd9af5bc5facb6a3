import Hummingbird
import HummingbirdCore
import JobCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Telemetry

/// The server of the REST API, over HTTP/1.1.
struct RESTService: Service {
    /// Longer than a gateway keeps its idle connections, so that it is always the gateway that closes them.
    private static let idleTimeout = TimeAmount.seconds(120)
    /// How long a client may take to send one request.
    private static let readTimeout = TimeAmount.seconds(30)
    /// Beyond these, connections wait in the backlog: each may hold one request's body in memory.
    private static let maxConnections = 4_096
    private static let backlog = 1_024
    /// The most bytes of a request's headers.
    private static let maxHeaderBytes = 32 << 10

    private let settings: JobServiceSettings
    private let submission: JobSubmission
    private let answers: AnswerCache
    private let stores: Stores
    private let publisher: JobPublisher
    private let registry: PrometheusRegistry
    private let readiness: Readiness
    private let logger: Logger
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// A server that listens once it runs.
    ///
    /// - Parameters:
    ///   - settings: Where to listen, what signs tokens, who the administrator is.
    ///   - submission: Takes new jobs.
    ///   - answers: Answers repeated requests.
    ///   - stores: What is on record.
    ///   - publisher: Announces jobs that are queued again.
    ///   - registry: The metrics to keep and to serve.
    ///   - readiness: What `/readyz` reports.
    ///   - logger: Gets a line for each request.
    ///   - onListening: Told the port once connections are accepted.
    init(
        settings: JobServiceSettings,
        submission: JobSubmission,
        answers: AnswerCache,
        stores: Stores,
        publisher: JobPublisher,
        registry: PrometheusRegistry,
        readiness: Readiness,
        logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.settings = settings
        self.submission = submission
        self.answers = answers
        self.stores = stores
        self.publisher = publisher
        self.registry = registry
        self.readiness = readiness
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the surrounding task is shut down gracefully or cancelled.
    ///
    /// - Throws: ``RESTServiceError`` when the address cannot be bound.
    func run() async throws {
        let hasListened = Mutex(false)
        let application = await application { [onListening] port in
            hasListened.withLock { $0 = true }
            await onListening(port)
        }
        do {
            try await application.run()
        } catch  where !(error is CancellationError) && !hasListened.withLock({ $0 }) {
            throw RESTServiceError.cannotListen(
                host: settings.common.bindAddress,
                port: settings.httpPort,
                reason: "\(error)"
            )
        }
    }

    /// The whole server, not yet running.
    func application(
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) async -> some ApplicationProtocol {
        let api = RESTAPI(
            tokens: await AccessTokens(secret: settings.jwtSecret),
            administrator: Administrator(username: settings.adminUsername, password: settings.adminPassword),
            submission: submission,
            answers: answers,
            stores: stores,
            publisher: publisher,
            registry: registry,
            readiness: readiness
        )
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ContinueHandler(), ReadTimeoutHandler(timeout: Self.readTimeout)],
            idleTimeout: Self.idleTimeout,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: Self.maxHeaderBytes,
                maxHeaderListSize: Self.maxHeaderBytes,
                maxHeaderFieldCount: 100
            )
        )
        return Application(
            responder: api.responder(),
            server: .http1(configuration: channel),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.common.bindAddress, port: settings.httpPort),
                backlog: Self.backlog,
                availableConnectionsDelegate: .maximum(Self.maxConnections, logger: logger)
            ),
            onServerRunning: { await onListening($0.localAddress?.port ?? 0) },
            logger: logger
        )
    }
}
