import Synchronization

/// How many jobs may wait in each queue: as many as in any, but for queues that have a limit of their own.
public final class QueueLimits: Sendable {
    private let usual: Int
    private let own = Mutex<[TenantQueue: Int]>([:])

    /// Limits of which no queue has its own yet.
    ///
    /// - Parameter usual: The most jobs that may wait in a queue without a limit of its own.
    public init(usual: Int) {
        self.usual = usual
    }

    /// The most jobs that may wait in a queue.
    public subscript(queue: TenantQueue) -> Int {
        own.withLock { $0[queue] ?? usual }
    }

    /// Takes the limits of the queues that have their own, in place of all that were known.
    public func set(_ limits: [TenantQueue: Int]) {
        own.withLock { $0 = limits }
    }
}
