import Synchronization

/// Wakes tasks that wait. Raised while nobody waits, it is remembered, once; raised while several wait, it wakes them all.
package final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var last: UInt64 = 0
    }

    private let state = Mutex(State())

    /// A signal that is not raised.
    package init() {}

    /// How many tasks wait.
    package var waiters: Int { state.withLock { $0.waiters.count } }

    /// Wakes the waiting tasks, or lets the next wait return at once.
    package func raise() {
        let waiters = state.withLock { state in
            state.isRaised = state.waiters.isEmpty
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until the signal is raised or the task is cancelled.
    package func wait() async {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isDone = state.withLock { state in
                    // A cancelled task takes nothing that another one may wait for.
                    if Task.isCancelled { return true }
                    if state.isRaised {
                        state.isRaised = false
                        return true
                    }
                    state.waiters[id] = waiter
                    return false
                }
                if isDone { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    /// Waits until the signal is raised, the task is cancelled or the time is up.
    package func wait(atMost duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }
}
