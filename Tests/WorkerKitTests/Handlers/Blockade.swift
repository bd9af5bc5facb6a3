import Concurrency

/// Handlers that block their threads until they may go on.
final class Blockade: Sendable {
    private let state = Monitor((inside: 0, isOpen: false))

    /// Blocks this thread, as a handler should not.
    func block() {
        state.update { $0.inside += 1 }
        _ = state.wait { $0.isOpen ? true : nil }
    }

    func open() { state.update { $0.isOpen = true } }

    var inside: Int { state.update { $0.inside } }
}
