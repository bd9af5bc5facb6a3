import Concurrency
import Synchronization

/// A value that arrives once and for which any number of tasks may wait.
final class OneShot<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters = WaiterQueue<Value?>()
    }

    private let state = Mutex(State())

    /// The value, if it has arrived.
    var current: Value? { state.withLock { $0.value } }

    /// Sets the value and wakes everyone who waits; a second call changes nothing.
    func fulfil(_ value: Value) {
        state.withLock { state -> WaiterQueue<Value?>.Woken in
            guard state.value == nil else { return .none }
            state.value = value
            return state.waiters.removeAll()
        }.resume(returning: value)
    }

    /// Waits for the value, at most for `limit` when given; nil when the time is over or the task is cancelled.
    func value(within limit: Duration? = nil) async -> Value? {
        if let current { return current }
        guard let limit else {
            return await state.wait(in: \.waiters, ifCancelled: .some(nil)) { state in state.value.map(Optional.some) }
        }
        return await withTimeLimit(limit) { await self.value() } ?? nil
    }
}
