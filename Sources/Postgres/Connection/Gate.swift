import DequeModule
import Synchronization

/// Lets callers in one at a time, in the order of their coming.
final class Gate: Sendable {
    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var isTaken = false
        var waiters: Deque<Waiter> = []
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Runs `body` when everybody who came before is through.
    ///
    /// - Parameters:
    ///   - heedsCancellation: `false` waits on although the task is cancelled.
    ///   - body: Runs in the caller's isolation.
    /// - Throws: `CancellationError` when the task is cancelled before its turn; otherwise what `body` throws.
    nonisolated(nonsending) func withTurn<Result>(
        heedsCancellation: Bool = true,
        _ body: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result {
        try await enter(heedsCancellation: heedsCancellation)
        defer { leave() }
        return try await body()
    }

    private nonisolated(nonsending) func enter(heedsCancellation: Bool) async throws {
        let id: UInt64? = state.withLock { state in
            guard state.isTaken else {
                state.isTaken = true
                return nil
            }
            state.lastID += 1
            return state.lastID
        }
        guard let id else { return }
        guard heedsCancellation else { return try await suspend(id, heedsCancellation: false) }
        try await withTaskCancellationHandler {
            try await suspend(id, heedsCancellation: true)
        } onCancel: {
            abandon(id)
        }
    }

    private nonisolated(nonsending) func suspend(_ id: UInt64, heedsCancellation: Bool) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isTaken {
                    state.waiters.append(Waiter(id: id, continuation: continuation))
                    return false
                }
                state.isTaken = true
                return true
            }
            if isFree { return continuation.resume() }
            // A cancellation that came before the waiter was in the queue has found nobody there.
            if heedsCancellation, Task.isCancelled { abandon(id) }
        }
    }

    private func abandon(_ id: UInt64) {
        let waiter: Waiter? = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    private func leave() {
        let next: Waiter? = state.withLock { state in
            if let next = state.waiters.popFirst() { return next }
            state.isTaken = false
            return nil
        }
        next?.continuation.resume()
    }
}
