/// A queue as operators see it: what was said about it, and its figures.
public struct QueueStatus: Hashable, Sendable {
    /// Which queue.
    public var queue: TenantQueue
    /// Whether workers leave it alone.
    public var isPaused: Bool
    /// How many jobs may wait in it; nil means as many as in any queue.
    public var maxDepth: Int64?
    /// Its figures.
    public var counts: JobCounts
    /// How long, in milliseconds, the job waits that became queued first; nil when none is queued.
    public var oldestAgeMilliseconds: Int64?
}
