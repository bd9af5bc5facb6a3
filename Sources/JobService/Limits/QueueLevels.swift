import JobCore

/// What an admission control knows of the queues that jobs are submitted to.
///
/// A queue's level is what was last read of it, and all that was stored since that reading began or is yet to be stored. So it
/// may be too high for a moment, never too low. Pure; a queue to which nothing was submitted between two readings is forgotten,
/// unless it is full.
struct QueueLevels {
    private struct Level {
        var read = 0
        /// Admitted, and not known to be stored.
        var pending = 0
        /// Stored before the reading that is under way began, and since.
        var before = 0
        var since = 0
        /// Whether somebody found no room since the last reading began.
        var hasRefused = false
        /// The limit that held when jobs came last.
        var limit = 0

        var sum: Int { read + pending + before + since }
        var isToBeRead: Bool { pending > 0 || since > 0 || hasRefused || sum >= limit }
    }

    private var levels: [TenantQueue: Level] = [:]

    /// Counts jobs in, unless their queue has no room for all of them.
    ///
    /// - Parameter limit: The most jobs that may wait in the queue.
    mutating func admit(_ count: Int, to queue: TenantQueue, limit: Int) -> Bool {
        var level = levels[queue] ?? Level()
        level.limit = limit
        let hasRoom = level.sum + count <= limit
        if hasRoom { level.pending += count } else { level.hasRefused = true }
        levels[queue] = level
        return hasRoom
    }

    /// Takes note of what became of jobs that were admitted.
    mutating func settle(_ count: Int, of queue: TenantQueue, isStored: Bool) {
        levels[queue]?.pending -= count
        if isStored { levels[queue]?.since += count }
    }

    /// Whether the last reading alone says that a queue has no room for so many jobs.
    func wasReadFull(_ queue: TenantQueue, for count: Int, limit: Int) -> Bool {
        levels[queue].map { $0.read + count > limit } ?? false
    }

    /// Begins a reading.
    ///
    /// - Returns: The queues to read.
    mutating func beginReading() -> [TenantQueue] {
        levels = levels.filter(\.value.isToBeRead).mapValues { level in
            Level(read: level.read, pending: level.pending, before: level.before + level.since, limit: level.limit)
        }
        return Array(levels.keys)
    }

    /// Takes note of what was read; nil when that failed.
    mutating func endReading(_ depths: [TenantQueue: Int]?) {
        guard let depths else { return }
        for (queue, depth) in depths where levels[queue] != nil {
            levels[queue]?.read = depth
            levels[queue]?.before = 0
        }
    }
}
