import Synchronization

/// How many bytes may be held for some purpose, all requests together.
final class MemoryBudget: Sendable {
    private let limit: Int
    private let used = Mutex(0)

    /// A budget of so many bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes bytes out of the budget, unless it has too few left.
    func reserve(_ bytes: Int) -> Bool {
        used.withLock { used in
            guard used + bytes <= limit else { return false }
            used += bytes
            return true
        }
    }

    /// Puts bytes back.
    func release(_ bytes: Int) {
        used.withLock { $0 -= bytes }
    }
}
