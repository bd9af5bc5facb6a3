import Synchronization

/// Wakes tasks that wait. Raised while nobody waits, it is remembered, once; raised while several wait, it wakes them all.
package final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiters = WaiterQueue<Void>()
    }

    private let state = Mutex(State())

    /// A signal that is not raised.
    package init() {}

    /// How many tasks wait.
    package var waiters: Int { state.withLock { $0.waiters.count } }

    /// Wakes the waiting tasks, or lets the next wait return at once.
    package func raise() {
        state.withLock { state in
            state.isRaised = state.waiters.isEmpty
            return state.waiters.removeAll()
        }.resume()
    }

    /// Waits until the signal is raised or the task is cancelled.
    package func wait() async {
        await state.wait(in: \.waiters) { state in
            defer { state.isRaised = false }
            return state.isRaised
        }
    }

    /// Waits until the signal is raised, the task is cancelled or the time is up.
    package func wait(atMost duration: Duration) async {
        _ = await withTimeLimit(duration) { await self.wait() }
    }
}
