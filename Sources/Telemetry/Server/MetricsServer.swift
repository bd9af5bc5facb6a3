import Foundation
import HTTPTypes
import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle
import Synchronization

/// The HTTP server for operators that every process has: `/metrics`, `/healthz`, `/readyz` and `/loglevel`.
///
/// `/healthz` answers 200 as long as the process can answer at all; `/readyz` answers 200 or 503 with a
/// ``ReadinessReport``; `/metrics` answers in the format that the `Accept` header prefers. There is no authentication:
/// bind it to an address that only operators reach. `PUT /loglevel` with a level as its body changes what is logged, until the process
/// ends or an empty body brings the configured level back; only the machine itself, or a container's own pod, may ask for it.
public struct MetricsServer: Service {
    /// The port used when none is configured.
    public static let defaultPort = 2112

    /// Longer than the usual scrape interval, so that a scraper keeps its connection.
    private static let idleTimeout = TimeAmount.minutes(2)

    private let host: String
    private let port: Int
    private let logger: Logger
    private let responder: RouterResponder<OperatorContext>
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// Creates a server that listens once it runs.
    ///
    /// - Parameters:
    ///   - host: The address to bind.
    ///   - port: The TCP port to bind; 0 for any free one.
    ///   - registry: The metrics to serve.
    ///   - readiness: The checks to report on.
    ///   - level: The level of the process's loggers.
    ///   - logger: For failures of the server.
    ///   - onListening: Told the port once connections are accepted.
    public init(
        host: String,
        port: Int = defaultPort,
        registry: PrometheusRegistry,
        readiness: Readiness,
        level: LogLevel = LogLevel(.info),
        logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.logger = logger
        self.onListening = onListening
        let router = Router(context: OperatorContext.self)
        router.get("/metrics") { request, _ in
            let format = request.headers[.accept].flatMap(ExpositionFormat.preferred(byAccept:)) ?? .prometheus
            return Self.response(.ok, format.contentType, await registry.exposition(format))
        }
        router.get("/healthz") { _, _ in
            Self.response(.ok, "application/json", Array(#"{"status":"ok"}"#.utf8))
        }
        router.get("/readyz") { _, _ in
            let report = await readiness.report()
            return Self.response(report.isReady ? .ok : .serviceUnavailable, "application/json", report.json)
        }
        router.get("/loglevel") { _, _ in Self.response(of: level) }
        router.put("/loglevel") { request, context in
            guard context.isLocal else {
                return Self.response(
                    .forbidden,
                    "text/plain",
                    Array("The log level is changed from the machine itself.\n".utf8)
                )
            }
            let text = String(buffer: try await request.body.collect(upTo: 64)).trimmingCharacters(
                in: .whitespacesAndNewlines
            )
            guard let wanted = text.isEmpty ? level.configured : Logger.Level(rawValue: text.lowercased()) else {
                let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                return Self.response(.badRequest, "text/plain", Array("Expected one of \(levels).\n".utf8))
            }
            let before = level.current
            level.current = wanted
            logger.log(
                level: max(.notice, wanted),
                "the log level was changed",
                metadata: ["from": "\(before)", "to": "\(wanted)"]
            )
            return Self.response(of: level)
        }
        responder = router.buildResponder()
    }

    /// Serves until the surrounding task is shut down gracefully or cancelled.
    ///
    /// - Throws: ``MetricsServerError`` when the address cannot be bound.
    public func run() async throws {
        let hasListened = Mutex(false)
        let application = Application(
            responder: responder,
            server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { [onListening] channel in
                hasListened.withLock { $0 = true }
                await onListening(channel.localAddress?.port ?? 0)
            },
            logger: logger
        )
        do {
            try await application.run()
        } catch  where !(error is CancellationError) && !hasListened.withLock({ $0 }) {
            throw MetricsServerError.cannotListen(host: host, port: port, reason: "\(error)")
        }
    }

    private static func response(of level: LogLevel) -> Response {
        let json = #"{"level":"\#(level.current)","configured":"\#(level.configured)"}"#
        return response(.ok, "application/json", Array(json.utf8))
    }

    private static func response(_ status: HTTPResponse.Status, _ contentType: String, _ body: [UInt8]) -> Response {
        Response(
            status: status,
            headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}

/// What is known about a request of an operator.
private struct OperatorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Whether it comes from the machine itself.
    let isLocal: Bool

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        let address = source.channel.remoteAddress?.ipAddress ?? ""
        isLocal = address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
    }
}

/// The error of a ``MetricsServer`` that cannot do its work.
public enum MetricsServerError: Error, Equatable, CustomStringConvertible {
    /// The address could not be bound.
    case cannotListen(host: String, port: Int, reason: String)

    /// A sentence that says what happened and what to change.
    public var description: String {
        switch self {
        case .cannotListen(let host, let port, let reason):
            """
            The metrics server cannot listen on \(host):\(port) (\(reason)). Stop the program that uses the port, or \
            set METRICS_PORT to a free one.
            """
        }
    }
}
