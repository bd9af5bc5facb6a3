import Concurrency
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Keeps a connection to one address up, and tells the ``Balancer`` how it stands.
struct Subchannel: Sendable {
    let index: Int
    let target: ClientTarget
    let configuration: GRPCClientConfiguration
    let tls: TLSContextSource?
    let balancer: Balancer
    let connections: ClientConnections
    let logger: Logger

    /// A connection that calls can be made on.
    private struct Link: Sendable {
        var channel: any Channel
        var outbox: Outbox
        var retired: EventLoopFuture<Void>
    }

    /// A connection that is lost sooner than this counts as a failed attempt.
    private static let shortestLife = Duration.seconds(1)

    /// Connects again and again until the task is cancelled.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let link = try await connect()
                let begin = ContinuousClock.now
                logger.debug("gRPC connection up", metadata: ["address": "\(target.address)"])
                await use(link)
                balancer.update(index, to: .connecting)
                failures = ContinuousClock.now - begin < Self.shortestLife ? failures + 1 : 0
            } catch {
                failures += 1
                logger.debug("gRPC connection failed", metadata: ["address": "\(target.address)", "error": "\(error)"])
                balancer.update(index, to: .failed(Self.describe(error, address: target.address)))
            }
            guard failures > 0, !Task.isCancelled else { continue }
            // Cancelled while waiting: the loop ends.
            try? await Task.sleep(for: configuration.backoff.delay(afterFailures: failures))
        }
    }

    /// Lets calls be made on a connection for as long as it takes any.
    private func use(_ link: Link) async {
        await withTaskGroup { group in
            if let service = configuration.healthCheckedService {
                let watch = HealthWatch(
                    service: service,
                    outbox: link.outbox,
                    configuration: configuration,
                    balancer: balancer
                ) { error in balancer.update(index, to: error.map(Balancer.Status.failed) ?? .ready(link.outbox)) }
                group.addTask { await watch.run() }
            } else {
                balancer.update(index, to: .ready(link.outbox))
            }
            await withTaskCancellationHandler {
                // This promise never fails.
                try? await link.retired.get()
            } onCancel: {
                connections.drain(link.channel)
            }
            group.cancelAll()
        }
    }

    private func connect() async throws -> Link {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let ready = eventLoop.makePromise(of: Outbox.self)
        let retired = eventLoop.makePromise(of: Void.self)
        var settings = configuration.connection
        settings.keepalive.interval = settings.keepalive.interval.map { $0 * target.pings.slowness }
        let connectTimeout = TimeAmount(clamping: configuration.connectTimeout)
        let begin = NIODeadline.now()
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: eventLoop)
                .connectTimeout(connectTimeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { [settings, target, tls, configuration] channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let tls {
                            let name = configuration.tls?.serverName ?? target.address.host
                            try channel.pipeline.syncOperations.addHandler(
                                Self.tlsHandler(tls.context, serverName: name)
                            )
                        }
                        let endpoint = ClientEndpoint(target: target, ready: ready, retired: retired)
                        let connection = HTTP2Connection(role: .client, configuration: settings, endpoint: endpoint)
                        try channel.pipeline.syncOperations.addHandler(connection)
                    }
                }
                .connect(host: target.address.host, port: target.address.port)
                .get()
        } catch {
            ready.fail(error)
            retired.succeed()
            throw error
        }
        connections.add(channel)
        let timer = eventLoop.scheduleTask(deadline: begin + connectTimeout) {
            ready.fail(ChannelError.connectTimeout(connectTimeout))
        }
        defer { timer.cancel() }
        do {
            let outbox = try await withTaskCancellationHandler {
                try await ready.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            return Link(channel: channel, outbox: outbox, retired: retired.futureResult)
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    /// An IP address is not a server name that TLS could send; certificates are checked against it all the same.
    private static func tlsHandler(_ context: NIOSSLContext, serverName: String) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: serverName, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : serverName)
    }

    private static func describe(_ error: any Error, address: GRPCAddress) -> GRPCError {
        GRPCError(code: .unavailable, message: "No connection to \(address): \(error)", cause: error)
    }
}

/// How the requests to one address look.
struct ClientTarget: Sendable {
    let address: GRPCAddress
    let authority: String
    let userAgent: String
    let usesTLS: Bool
    let pings: PingPace

    /// Writes a request's head.
    func write(_ call: ClientCall, timeRemaining: Duration?, to fields: inout HeaderFields) {
        fields.removeAll()
        fields.add(":method", "POST")
        fields.add(":scheme", usesTLS ? "https" : "http")
        fields.add(":path", call.descriptor.path)
        fields.add(":authority", authority)
        fields.add("content-type", "application/grpc")
        fields.add("te", "trailers")
        fields.add("user-agent", userAgent)
        if let timeRemaining { fields.add("grpc-timeout", GRPCTimeout.encode(timeRemaining)) }
        if call.options.compression == .gzip { fields.add("grpc-encoding", "gzip") }
        fields.add("grpc-accept-encoding", CompressionAlgorithm.acceptedNames)
        fields.add(call.options.metadata)
    }
}

/// How often the connections to one address may send pings; the server may ask for fewer.
final class PingPace: Sendable {
    private let factor = Mutex(1)

    /// What to multiply the interval by.
    var slowness: Int { factor.withLock { $0 } }

    /// Half as often from now on; for later connections.
    func slowDown() { factor.withLock { $0 = min($0 * 2, 1 << 16) } }
}

/// The open connections of a client, those included that only finish their last calls.
final class ClientConnections: Sendable {
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])
    let live = LiveCount()

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        open.withLock { $0[id] = channel }
        live.enter()
        channel.closeFuture.whenComplete { _ in
            self.open.withLock { _ = $0.removeValue(forKey: id) }
            self.live.leave()
        }
    }

    /// Closes a connection after its last call.
    func drain(_ channel: any Channel) {
        channel.eventLoop.execute {
            let connection = try? channel.pipeline.syncOperations.handler(type: HTTP2Connection.self)
            connection?.drainStreams()
        }
    }

    func closeAll() {
        for channel in open.withLock({ Array($0.values) }) { channel.close(promise: nil) }
    }
}
