import Synchronization

/// A flag that ends a wait on a ``DescriptorLoop`` from any thread.
///
/// It stays raised until a wait has seen it, so nothing is lost between two waits; raising it again meanwhile costs
/// one atomic operation.
public final class WakeSignal: Sendable {
    let id: UInt64
    private let executor: LoopExecutor
    private let raised = Atomic<Bool>(false)

    init(executor: LoopExecutor) {
        self.executor = executor
        id = executor.nextID()
    }

    /// Ends the wait that names this signal, or the next one that does.
    public func raise() {
        guard !raised.exchange(true, ordering: .acquiringAndReleasing) else { return }
        executor.end(id, with: .signalled)
    }

    var isRaised: Bool {
        raised.load(ordering: .acquiring)
    }

    /// Lowers the flag.
    ///
    /// - Returns: Whether it was raised.
    func lower() -> Bool {
        raised.exchange(false, ordering: .acquiringAndReleasing)
    }
}
