import Concurrency
public import Logging
import NIOCore
import NIOPosix
import NIOSSL
public import ServiceLifecycle
import Synchronization

/// A gRPC server: answers calls over HTTP/2 until it is shut down.
///
/// On a graceful shutdown it stops accepting, tells its clients by GOAWAY, lets open calls go on for
/// ``GRPCServerConfiguration/drainTimeout`` and ends the rest.
public final class GRPCServer: Service {
    let shared: ServerShared
    private let tls: TLSContextSource?
    private let address = ListeningAddress()

    /// Prepares a server; it listens once ``run()`` is called.
    /// - Parameters:
    ///   - configuration: where to listen, and limits.
    ///   - services: what to answer. A method registered twice is answered by the later service.
    ///   - interceptors: what stands around every call, the first one outermost.
    ///   - logger: for events of the server itself.
    /// - Throws: ``TLSError`` if certificates cannot be used. Reads certificate files.
    public init(
        configuration: GRPCServerConfiguration,
        services: [any GRPCService],
        interceptors: [any ServerInterceptor] = [],
        logger: Logger = Logger(label: "grpc.server")
    ) throws {
        var router = GRPCRouter()
        for service in services { service.register(in: &router) }
        shared = ServerShared(configuration: configuration, router: router, interceptors: interceptors, logger: logger)
        tls = try configuration.tls.map(TLSContextSource.init)
    }

    /// The address that the server listens on, once it does.
    /// - Throws: why it could not listen, or `CancellationError`.
    public var listeningAddress: GRPCAddress {
        get async throws { try await address.value }
    }

    /// Looks at the certificate files now instead of at the next interval.
    /// - Throws: ``TLSError`` if they are of no use; the certificates in use stay.
    public func reloadCertificates() async throws { try await tls?.reload() }

    /// Answers calls until the surrounding task is cancelled, which ends everything at once, or a graceful shutdown is triggered.
    /// - Throws: an error if the address cannot be listened on.
    public func run() async throws {
        let channel: any Channel
        do {
            channel = try await listen()
        } catch {
            address.set(.failure(error))
            throw error
        }
        address.set(.success(GRPCAddress(channel.localAddress)))
        shared.logger.info("gRPC server listening", metadata: ["address": "\(GRPCAddress(channel.localAddress))"])
        await withTaskGroup { group in
            if let tls { group.addTask { [logger = shared.logger] in await tls.keepReloading(logger: logger) } }
            await withTaskCancellationOrGracefulShutdownHandler {
                // A listening socket that fails to close is closed all the same.
                try? await channel.closeFuture.get()
            } onCancelOrGracefulShutdown: {
                self.shared.shutdown.open()
                channel.close(promise: nil)
            }
            group.cancelAll()
        }
        await drain()
    }

    private func drain() async {
        shared.connections.drain()
        let timeout = Task.isCancelled ? .zero : shared.configuration.drainTimeout
        _ = await withTimeLimit(timeout) { [shared] in await shared.connections.live.waitUntilNone() }
        shared.connections.closeAll()
        await Task { [shared] in
            await shared.connections.live.waitUntilNone()
            await shared.running.waitUntilNone()
        }.value
    }

    private func listen() async throws -> any Channel {
        let connection = shared.configuration.connection
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: Int32(clamping: shared.configuration.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [shared, tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context))
                    }
                    let endpoint = ServerEndpoint(shared: shared, remoteAddress: channel.remoteAddress)
                    try channel.pipeline.syncOperations.addHandler(
                        HTTP2Connection(role: .server, configuration: connection, endpoint: endpoint)
                    )
                }
            }
            .bind(host: shared.configuration.host, port: shared.configuration.port)
            .get()
    }
}

/// The address of a server that may not listen yet.
final class ListeningAddress: Sendable {
    private let result = Mutex<Result<GRPCAddress, any Error>?>(nil)
    private let isKnown = Latch()

    var value: GRPCAddress {
        get async throws {
            await isKnown.wait()
            guard let result = result.withLock({ $0 }) else { throw CancellationError() }
            return try result.get()
        }
    }

    func set(_ result: Result<GRPCAddress, any Error>) {
        self.result.withLock { $0 = result }
        isKnown.open()
    }
}
