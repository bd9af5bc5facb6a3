import Synchronization

/// A value that arrives once and for which any number of tasks may wait.
final class OneShot<Value: Sendable>: Sendable {
    private enum Waiter {
        /// It has come, but does not sleep yet.
        case arriving
        case sleeping(CheckedContinuation<Value?, Never>)
        /// Its time was over, or its task cancelled, before it could sleep.
        case abandoned
    }

    private enum Answer {
        case now(Value?)
        case later
    }

    private struct State {
        var value: Value?
        var waiters: [Int: Waiter] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    /// The value, if it has arrived.
    var current: Value? { state.withLock { $0.value } }

    /// Sets the value and wakes everyone who waits; a second call changes nothing.
    func fulfil(_ value: Value) {
        let waiters = state.withLock { state -> [Int: Waiter] in
            guard state.value == nil else { return [:] }
            state.value = value
            defer { state.waiters = [:] }
            return state.waiters
        }
        for case .sleeping(let continuation) in waiters.values { continuation.resume(returning: value) }
    }

    /// Waits for the value, at most for `limit` when given; nil when the time is over or the task is cancelled.
    func value(within limit: Duration? = nil) async -> Value? {
        let id = state.withLock { state -> Int in
            state.nextID += 1
            state.waiters[state.nextID] = .arriving
            return state.nextID
        }
        let timer = limit.map { limit in
            Task {
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                self.abandon(id)
            }
        }
        defer { timer?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { sleep(id, $0) }
        } onCancel: {
            abandon(id)
        }
    }

    private func sleep(_ id: Int, _ continuation: CheckedContinuation<Value?, Never>) {
        let answer = state.withLock { state -> Answer in
            if let value = state.value {
                state.waiters[id] = nil
                return .now(value)
            }
            if case .abandoned = state.waiters[id] {
                state.waiters[id] = nil
                return .now(nil)
            }
            state.waiters[id] = .sleeping(continuation)
            return .later
        }
        if case .now(let value) = answer { continuation.resume(returning: value) }
    }

    private func abandon(_ id: Int) {
        let waiter = state.withLock { state -> Waiter? in
            let waiter = state.waiters[id]
            switch waiter {
            case .arriving: state.waiters[id] = .abandoned
            case .sleeping: state.waiters[id] = nil
            case .abandoned, nil: break
            }
            return waiter
        }
        if case .sleeping(let continuation) = waiter { continuation.resume(returning: nil) }
    }
}
