import NIOCore
import Synchronization

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
