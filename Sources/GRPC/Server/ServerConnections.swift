import Concurrency
import NIOCore
import Synchronization

/// The open connections of a server.
final class ServerConnections: Sendable {
    private struct State {
        var table: ConnectionTable<Handle>
        var isDraining = false
    }

    private struct Handle: Sendable {
        var connection: NIOLoopBound<HTTP2Connection>
        var eventLoop: any EventLoop
        var channel: any Channel
    }

    private let state: Mutex<State>
    private let proxies: [IPNetwork]

    /// How many connections are open.
    let live = LiveCount()

    /// Keeps as many as a server's configuration says.
    init(_ configuration: GRPCServerConfiguration) {
        let table = ConnectionTable<Handle>(
            most: configuration.maxConnections,
            mostPerAddress: configuration.maxConnectionsPerAddress
        )
        state = Mutex(State(table: table))
        proxies = configuration.proxies
    }

    /// Takes a connection in; on its event loop. If there are too many, the one that has been without a call the longest is closed. During a
    /// shutdown a connection is ended in order as soon as it is up.
    ///
    /// - Returns: What it is called here; nil when all others have calls open and it is to be closed itself.
    func add(_ connection: HTTP2Connection) -> UInt64? {
        guard let context = connection.context else { return nil }
        let handle = Handle(
            connection: NIOLoopBound(connection, eventLoop: context.eventLoop),
            eventLoop: context.eventLoop,
            channel: context.channel
        )
        let peer = context.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0)?.unmapped }
        let address = peer.flatMap { peer in proxies.contains { $0.contains(peer) } ? nil : peer.site }
        let (admission, isDraining) = state.withLock { state in
            (state.table.admit(handle, from: address), state.isDraining)
        }
        live.enter()
        guard case .admitted(let number, let closing) = admission else { return nil }
        if let closing {
            closing.eventLoop.execute {
                closing.connection.value.fail(ConnectionFailure.tooManyConnections, code: .enhanceYourCalm)
            }
        }
        if isDraining { connection.drainStreams() }
        return number
    }

    /// A connection got its first call, or its last one ended.
    func note(_ number: UInt64, hasCalls: Bool) {
        state.withLock { hasCalls ? $0.table.noteBusy(number) : $0.table.noteQuiet(number) }
    }

    /// A connection that was added has ended.
    func remove(_ number: UInt64?) {
        if let number { state.withLock { $0.table.remove(number) } }
        live.leave()
    }

    /// Ends all connections in order, and those to come.
    func drain() {
        let open = state.withLock { state in
            state.isDraining = true
            return state.table.connections
        }
        for handle in open { handle.eventLoop.execute { handle.connection.value.drainStreams() } }
    }

    /// Closes all connections at once.
    func closeAll() {
        let open = state.withLock { $0.table.connections }
        for handle in open { handle.channel.close(promise: nil) }
    }
}
