import Synchronization

/// Counts things that are alive, such as handlers or connections, and lets a shutdown wait until none is.
final class LiveCount: Sendable {
    private struct State {
        var count = 0
        var waiters = Waiters()
    }

    private let state = Mutex(State())

    var value: Int { state.withLock { $0.count } }

    func enter() { state.withLock { $0.count += 1 } }

    func leave() {
        state.withLock { state in
            state.count -= 1
            return state.count == 0 ? state.waiters.takeAll() : .none
        }.resume()
    }

    /// Waits until the count is 0, or the task is cancelled.
    func waitUntilNone() async {
        let id = state.withLock { $0.waiters.makeID() }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.count == 0 || Task.isCancelled { return true }
                    state.waiters.add(continuation, id: id)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.remove(id: id) }?.resume()
        }
    }
}
