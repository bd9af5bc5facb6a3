import Concurrency
public import JobCore
public import JobStore
import Synchronization

/// Sees to it that a queue is one of its tenant's before its first job is stored, so that a tenant has no more queues than it may.
///
/// Queues that were found to be are remembered: only a process's first job of a queue costs a look. Those who make one wait for a place
/// here and not, with a connection each, for their tenant's row.
public final class QueueRegistry: Sendable {
    /// How many queues are remembered.
    private static let remembered = 100_000
    /// How many transactions make queues at once, and how many requests wait to.
    private static let (places, waiting) = (2, 1_000)

    private struct State {
        var known = LRUCache<TenantQueue, Bool>(capacity: QueueRegistry.remembered)
        var free = QueueRegistry.places
        var waiters = WaiterQueue<Bool>()
    }

    private let store: QueueStore
    private let state = Mutex(State())

    /// Knows the queues of a store.
    public init(store: QueueStore) {
        self.store = store
    }

    /// Lets jobs of one tenant into their queues.
    ///
    /// - Throws: ``TenantLimitReached`` when one of them would be a queue too many; ``TenantClosed``; ``BatcherOverloaded`` when too
    ///   many make queues; what the store throws.
    public func enter(_ jobs: [NewJob]) async throws {
        guard let tenant = jobs.first?.tenant else { return }
        let names = jobs.count == 1 ? [jobs[0].queue] : Array(Set(jobs.map(\.queue)))
        let unknown = state.withLock { state in
            names.filter { state.known.value(for: TenantQueue(tenant: tenant, queue: $0)) == nil }
        }
        guard !unknown.isEmpty else { return }
        let new = try await store.new(unknown, of: tenant)
        if !new.isEmpty { try await make(new.sorted { $0.rawValue < $1.rawValue }, of: tenant) }
        state.withLock { state in
            for name in unknown { _ = state.known.set(true, for: TenantQueue(tenant: tenant, queue: name)) }
        }
    }

    private func make(_ names: [QueueName], of tenant: TenantName) async throws {
        guard state.withLock({ $0.waiters.count < Self.waiting }) else { throw BatcherOverloaded() }
        let hasPlace = await state.wait(in: \.waiters, ifCancelled: false) { state in
            guard state.free > 0 else { return nil }
            state.free -= 1
            return true
        }
        guard hasPlace else { throw CancellationError() }
        defer {
            state.withLock { state in
                let next = state.waiters.popFirst()
                if next == nil { state.free += 1 }
                return next
            }?.resume(returning: true)
        }
        try await retryingConflicts { try await store.enter(names, of: tenant) }
    }

    /// Forgets all, as some may be gone.
    func forget() {
        state.withLock { $0.known = LRUCache(capacity: Self.remembered) }
    }
}
