import Synchronization

/// What anybody may know about a connection without asking its thread.
final class ConnectionStatus: Sendable {
    enum State: UInt8, AtomicRepresentable {
        /// Ready, outside a transaction.
        case idle
        /// A statement is under way.
        case active
        /// Ready, inside a transaction.
        case inTransaction
        /// Inside a transaction that can only be rolled back.
        case inFailedTransaction
        /// Closed or lost.
        case closed
    }

    private let atomicState = Atomic<State>(.active)
    private let atomicIsListening = Atomic<Bool>(false)

    var state: State {
        get { atomicState.load(ordering: .acquiring) }
        set { atomicState.store(newValue, ordering: .releasing) }
    }

    /// Whether notifications may arrive.
    var isListening: Bool {
        get { atomicIsListening.load(ordering: .acquiring) }
        set { atomicIsListening.store(newValue, ordering: .releasing) }
    }
}
