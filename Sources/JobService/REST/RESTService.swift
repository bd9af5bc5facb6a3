import Hummingbird
import HummingbirdCore
import JobStore
import Logging
import NIOCore
import Platform
import ServiceLifecycle
import Synchronization
import Telemetry

/// The server of the REST API, over HTTP/1.1.
struct RESTService: Service {
    /// Longer than a gateway keeps its idle connections, so that it is always the gateway that closes them.
    private static let idleTimeout = TimeAmount.seconds(120)
    /// How long a client may take to send the head of a request, and the rest of it.
    private static let (headTimeout, readTimeout) = (TimeAmount.seconds(10), TimeAmount.seconds(30))
    /// What a client has to take of an answer in a stretch of time, or all there is of it.
    private static let (writeStretch, leastTaken) = (TimeAmount.seconds(20), 8 << 10)
    private static let backlog = 1_024
    /// The most bytes of a request's headers.
    private static let maxHeaderBytes = 32 << 10

    private let settings: JobServiceSettings
    private let identity: Identity
    private let submission: JobSubmission
    private let answers: AnswerCache
    private let stores: Stores
    private let publisher: JobPublisher
    private let events: JobEvents
    private let gates: ReadGates
    private let components: ComponentStates
    private let meters: JobMeters
    private let registry: PrometheusRegistry
    private let readiness: Readiness
    private let logger: Logger
    /// Those that are open.
    let connections: ClientConnections
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// A server that listens once it runs.
    ///
    /// - Parameters:
    ///   - settings: Where to listen.
    ///   - identity: Decides who is let in.
    ///   - submission: Takes new jobs.
    ///   - answers: Answers repeated requests.
    ///   - stores: What is on record.
    ///   - publisher: Announces jobs that are queued again.
    ///   - events: Tells listeners what happens.
    ///   - gates: What reading passes through.
    ///   - components: Tells how what it stands on is.
    ///   - meters: Counts what becomes of jobs.
    ///   - registry: The metrics to keep and to serve.
    ///   - readiness: What `/readyz` reports.
    ///   - logger: Gets a line for each request.
    ///   - onListening: Told the port once connections are accepted.
    init(
        settings: JobServiceSettings,
        identity: Identity,
        submission: JobSubmission,
        answers: AnswerCache,
        stores: Stores,
        publisher: JobPublisher,
        events: JobEvents,
        gates: ReadGates,
        components: ComponentStates,
        meters: JobMeters,
        registry: PrometheusRegistry,
        readiness: Readiness,
        logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.settings = settings
        self.identity = identity
        self.submission = submission
        self.answers = answers
        self.stores = stores
        self.publisher = publisher
        self.events = events
        self.gates = gates
        self.components = components
        self.meters = meters
        self.registry = registry
        self.readiness = readiness
        self.logger = logger
        connections = ClientConnections(
            most: settings.httpConnections.most,
            mostPerAddress: settings.httpConnections.perAddress,
            proxies: settings.trustedProxies
        )
        self.onListening = onListening
    }

    /// Serves until the surrounding task is shut down gracefully or cancelled.
    ///
    /// - Throws: ``RESTServiceError`` when the address cannot be bound; ``UnruledRoutes``.
    func run() async throws {
        let hasListened = Mutex(false)
        let application = try application { [onListening] port in
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

    /// What it serves.
    var api: RESTAPI {
        RESTAPI(
            identity: identity,
            submission: submission,
            answers: answers,
            stores: stores,
            publisher: publisher,
            events: events,
            gates: gates,
            components: components,
            meters: meters,
            corsOrigins: settings.corsOrigins,
            swaggerUI: SwaggerUI(directory: settings.swaggerUIDirectory),
            dashboard: DashboardFiles(
                directory: settings.dashboardDirectory,
                uPlotDirectory: settings.uPlotDirectory
            ),
            registry: registry,
            readiness: readiness
        )
    }

    /// The whole server, not yet running.
    ///
    /// - Throws: ``UnruledRoutes`` when there is a route that nothing says who may use.
    func application(
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws -> some ApplicationProtocol {
        let connections = connections
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                MalformedRequestHandler(),
                TurnHandler(
                    connections,
                    wire: SlowReaderHandler(stretch: Self.writeStretch, least: Self.leastTaken)
                ),
                ContinueHandler(), ReadTimeoutHandler(headTimeout: Self.headTimeout, timeout: Self.readTimeout),
                InputClosureHandler(), PipeliningHandler(),
            ],
            idleTimeout: Self.idleTimeout,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: Self.maxHeaderBytes,
                maxHeaderListSize: Self.maxHeaderBytes,
                maxHeaderFieldCount: 100
            )
        )
        return Application(
            responder: try api.responder(),
            server: HTTPServerBuilder { LoopChannel(HTTP1Channel(responder: $0, configuration: channel)) },
            configuration: ApplicationConfiguration(
                address: .hostname(settings.common.bindAddress, port: settings.httpPort),
                backlog: Self.backlog
            ),
            onServerRunning: { server in
                try? await server.eventLoop.submit {
                    try server.pipeline.syncOperations.addHandler(AcceptGuard(connections), position: .first)
                }.get()
                await onListening(server.localAddress?.port ?? 0)
            },
            logger: logger
        )
    }
}

/// Why the REST API cannot do its work.
enum RESTServiceError: Error, Hashable, CustomStringConvertible {
    /// The address could not be bound.
    case cannotListen(host: String, port: Int, reason: String)

    /// Says what happened and what to change.
    var description: String {
        switch self {
        case .cannotListen(let host, let port, let reason):
            """
            The REST API cannot listen on \(host):\(port) (\(reason)). Stop the program that uses the port, or set \
            HTTP_PORT to a free one.
            """
        }
    }
}
