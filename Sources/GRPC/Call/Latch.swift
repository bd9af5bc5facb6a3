import Synchronization

/// Something that happens once, and that any number of tasks wait for.
final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiters = Waiters()
    }

    private let state = Mutex(State())

    /// Whether it has happened.
    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// It happens.
    func open() {
        state.withLock { state in
            state.isOpen = true
            return state.waiters.takeAll()
        }.resume()
    }

    /// Waits until it has happened, or the task is cancelled.
    func wait() async {
        let id = state.withLock { $0.waiters.makeID() }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.isOpen || Task.isCancelled { return true }
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
