import NIOCore
import Synchronization

/// The open connections of a server.
final class ServerConnections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: Handle] = [:]
        var isDraining = false
    }

    private struct Handle: Sendable {
        var connection: NIOLoopBound<HTTP2Connection>
        var eventLoop: any EventLoop
        var channel: any Channel
    }

    private let state = Mutex(State())

    /// How many connections are open.
    let live = LiveCount()

    /// Takes a connection in; on its event loop. During a shutdown it is ended in order as soon as it is up.
    func add(_ connection: HTTP2Connection) {
        guard let context = connection.context else { return }
        let handle = Handle(
            connection: NIOLoopBound(connection, eventLoop: context.eventLoop),
            eventLoop: context.eventLoop,
            channel: context.channel
        )
        live.enter()
        let isDraining = state.withLock { state in
            state.open[ObjectIdentifier(connection)] = handle
            return state.isDraining
        }
        if isDraining { connection.drainStreams() }
    }

    func remove(_ connection: HTTP2Connection) {
        let wasOpen = state.withLock { $0.open.removeValue(forKey: ObjectIdentifier(connection)) != nil }
        if wasOpen { live.leave() }
    }

    /// Ends all connections in order, and those to come.
    func drain() {
        let open = state.withLock { state in
            state.isDraining = true
            return Array(state.open.values)
        }
        for handle in open { handle.eventLoop.execute { handle.connection.value.drainStreams() } }
    }

    /// Closes all connections at once.
    func closeAll() {
        let open = state.withLock { Array($0.open.values) }
        for handle in open { handle.channel.close(promise: nil) }
    }
}
