import Concurrency
import Synchronization

/// Counts things that are alive, such as handlers or connections, and lets a shutdown wait until none is.
final class LiveCount: Sendable {
    private struct State {
        var count = 0
        var waiters = WaiterQueue<Void>()
    }

    private let state = Mutex(State())

    var value: Int { state.withLock { $0.count } }

    func enter() { state.withLock { $0.count += 1 } }

    func leave() {
        state.withLock { state in
            state.count -= 1
            return state.count == 0 ? state.waiters.removeAll() : .none
        }.resume()
    }

    /// Waits until the count is 0, or the task is cancelled.
    func waitUntilNone() async {
        await state.wait(in: \.waiters) { $0.count == 0 }
    }
}
