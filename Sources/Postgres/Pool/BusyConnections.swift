import Synchronization

/// The connections that are lent, for the end of the pool: it waits for them, and breaks them in the end.
final class BusyConnections: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: PostgresConnection] = [:]
        var waiters: [CheckedContinuation<Void, Never>] = []

        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            defer { waiters = [] }
            return waiters
        }
    }

    private let state = Mutex(State())

    func insert(_ connection: PostgresConnection) {
        state.withLock { $0.connections[ObjectIdentifier(connection)] = connection }
    }

    func remove(_ connection: PostgresConnection) {
        let waiters = state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = nil
            return state.connections.isEmpty ? state.takeWaiters() : []
        }
        for waiter in waiters { waiter.resume() }
    }

    var all: [PostgresConnection] { state.withLock { Array($0.connections.values) } }

    /// Suspends until nothing is lent or the task is cancelled.
    func waitUntilEmpty() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.connections.isEmpty || Task.isCancelled { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            for waiter in state.withLock({ $0.takeWaiters() }) { waiter.resume() }
        }
    }
}
