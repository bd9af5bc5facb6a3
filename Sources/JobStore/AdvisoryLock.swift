/// The keys of PostgreSQL's advisory locks, each for one purpose: who holds a lock for long keeps all out that take the same key.
///
/// Three stand in SQL alone: 20342, with a number, for a session's slot of counters, 20343 for folding the counters, and 20346, with a hash
/// of its id, for a batch of an operation.
enum AdvisoryLock {
    /// Held while a partition of the history is made.
    static let partitions: Int64 = 20_344
    /// Held by the scheduler that tells the figures of queues, for as long as it does.
    static let figures: Int64 = 20_345
}
