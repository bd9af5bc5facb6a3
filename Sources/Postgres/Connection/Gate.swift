import Concurrency
import Synchronization

/// Lets callers in one at a time, in the order of their coming.
final class Gate: Sendable {
    private struct State {
        var isTaken = false
        var waiters = WaiterQueue<Bool>()

        /// Lets a caller in if nobody is.
        mutating func enter() -> Bool {
            defer { isTaken = true }
            return !isTaken
        }
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
        // A free gate lets in whoever comes, cancelled or not.
        guard !state.withLock({ $0.enter() }) else { return }
        let isIn = await state.wait(in: \.waiters, ifCancelled: heedsCancellation ? false : nil) { state in
            state.enter() ? true : nil
        }
        guard isIn else { throw CancellationError() }
    }

    private func leave() {
        let next = state.withLock { state in
            let next = state.waiters.popFirst()
            state.isTaken = next != nil
            return next
        }
        next?.resume(returning: true)
    }
}
