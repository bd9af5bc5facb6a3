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

    /// How much work may be done by the same plans, in nanoseconds.
    private static let workOfPlans: Int64 = 250_000_000

    private let atomicState = Atomic<State>(.active)
    private let atomicIsListening = Atomic<Bool>(false)
    private let workByPlans = Atomic<Int64>(0)

    var state: State {
        get { atomicState.load(ordering: .acquiring) }
        set { atomicState.store(newValue, ordering: .releasing) }
    }

    /// Whether notifications may arrive.
    var isListening: Bool {
        get { atomicIsListening.load(ordering: .acquiring) }
        set { atomicIsListening.store(newValue, ordering: .releasing) }
    }

    /// Notes for how long somebody had the connection.
    func addWork(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        // A second is enough, so longer ones need not be counted exactly.
        workByPlans.add(min(seconds, 1) * 1_000_000_000 + attoseconds / 1_000_000_000, ordering: .relaxed)
    }

    /// Whether the server should plan anew; the count begins again then.
    func takeWornPlans() -> Bool {
        guard workByPlans.load(ordering: .relaxed) >= Self.workOfPlans else { return false }
        workByPlans.store(0, ordering: .relaxed)
        return true
    }
}
