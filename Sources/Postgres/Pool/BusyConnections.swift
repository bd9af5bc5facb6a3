import Concurrency
import Synchronization

/// The connections that are lent, for the end of the pool: it waits for them, and breaks them in the end.
final class BusyConnections: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: PostgresConnection] = [:]
        var waiters = WaiterQueue<Void>()
    }

    private let state = Mutex(State())

    func insert(_ connection: PostgresConnection) {
        state.withLock { $0.connections[ObjectIdentifier(connection)] = connection }
    }

    func remove(_ connection: PostgresConnection) {
        state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = nil
            return state.connections.isEmpty ? state.waiters.removeAll() : .none
        }.resume()
    }

    var all: [PostgresConnection] { state.withLock { Array($0.connections.values) } }

    /// Suspends until nothing is lent or the task is cancelled.
    func waitUntilEmpty() async {
        await state.wait(in: \.waiters) { $0.connections.isEmpty }
    }
}
