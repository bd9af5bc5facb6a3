public import Foundation
public import JobCore

/// What administrators said about a queue.
public struct QueueConfiguration: Hashable, Sendable {
    /// Which queue.
    public var queue: TenantQueue
    /// Whether workers leave it alone.
    public var isPaused: Bool
    /// How many jobs may wait in it; nil means as many as in any queue.
    public var maxDepth: Int64?
    /// Rises with each change; 0 when nothing was ever said.
    public var version: Int64
    /// When it was changed last; nil when nothing was ever said.
    public var updatedAt: Date?
}

/// A change to what was said about a queue.
public enum QueueChange: Hashable, Sendable {
    /// How many jobs may wait in it; nil means as many as in any queue.
    case maxDepth(Int64?)
    /// Workers are to leave it alone.
    case pause
    /// Workers may serve it again.
    case resume
}

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
