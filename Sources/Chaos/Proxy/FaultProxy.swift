import NIOCore
import NIOPosix

/// A TCP proxy that can do to connections what networks do.
///
/// Everything happens on one event loop, which is also what makes the relays' state safe.
final class FaultProxy: Sendable {
    /// What becomes of the bytes.
    enum Mode: Hashable, Sendable {
        /// They pass.
        case open
        /// Connections are reset, new ones too.
        case cut
        /// Connections stay, new ones are accepted, and nothing passes: a half-open connection or a hanging peer.
        case silent
        /// They pass so much later.
        case slow(TimeAmount)
    }

    /// The port of 127.0.0.1 that stands for the target.
    let port: Int
    private let loop: any EventLoop
    private let server: any Channel
    private let relays: NIOLoopBound<Relays>

    /// Listens on a free port and passes everything on to a port of 127.0.0.1.
    static func start(to target: Int) async throws -> FaultProxy {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let relays = try await loop.submit { NIOLoopBound(Relays(), eventLoop: loop) }.get()
        let server = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                client.eventLoop.makeCompletedFuture {
                    let relay = Relay(client: client, target: target, relays: relays.value)
                    try client.pipeline.syncOperations.addHandler(relay.front)
                    relay.connect()
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = server.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        return FaultProxy(port: port, loop: loop, server: server, relays: relays)
    }

    private init(port: Int, loop: any EventLoop, server: any Channel, relays: NIOLoopBound<Relays>) {
        self.port = port
        self.loop = loop
        self.server = server
        self.relays = relays
    }

    /// Changes what becomes of the bytes, from now on.
    func set(_ mode: Mode) async throws {
        try await loop.submit { [relays] in relays.value.set(mode) }.get()
    }

    /// Ends the proxy and its connections.
    func stop() async {
        try? await set(.cut)
        try? await server.close()
    }
}

/// The connections of a proxy, on its event loop.
final class Relays {
    private(set) var mode = FaultProxy.Mode.open
    private var all: [ObjectIdentifier: Relay] = [:]

    func add(_ relay: Relay) { all[ObjectIdentifier(relay)] = relay }

    func remove(_ relay: Relay) { all[ObjectIdentifier(relay)] = nil }

    func set(_ mode: FaultProxy.Mode) {
        self.mode = mode
        for relay in all.values {
            if mode == .cut { relay.reset() } else { relay.resume() }
        }
    }
}
