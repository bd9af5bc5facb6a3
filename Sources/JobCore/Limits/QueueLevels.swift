/// What an admission control knows of the queues that jobs are submitted to.
///
/// A queue's level is what was last read of it, and all that was stored since that reading began or is yet to be stored. So it
/// may be too high for a moment, never too low. Pure; a queue to which nothing was submitted between two readings is forgotten.
struct QueueLevels {
    private struct Level {
        var read = 0
        /// Admitted, and not known to be stored.
        var pending = 0
        /// Stored before the reading that is under way began, and since.
        var before = 0
        var since = 0

        var sum: Int { read + pending + before + since }
    }

    private let limit: Int
    private var levels: [TenantQueue: Level] = [:]

    init(limit: Int) {
        self.limit = limit
    }

    /// Counts a job in, unless its queue is full.
    mutating func admit(_ queue: TenantQueue) -> Bool {
        var level = levels[queue] ?? Level()
        guard level.sum < limit else { return false }
        level.pending += 1
        levels[queue] = level
        return true
    }

    /// Takes note of what became of a job that was admitted.
    mutating func settle(_ queue: TenantQueue, isStored: Bool) {
        levels[queue]?.pending -= 1
        if isStored { levels[queue]?.since += 1 }
    }

    /// Whether the last reading alone says that a queue is full.
    func wasReadFull(_ queue: TenantQueue) -> Bool {
        levels[queue].map { $0.read >= limit } ?? false
    }

    /// Begins a reading.
    ///
    /// - Returns: The queues to read.
    mutating func beginReading() -> [TenantQueue] {
        levels = levels.filter { $0.value.pending > 0 || $0.value.since > 0 || $0.value.sum >= limit }
            .mapValues { Level(read: $0.read, pending: $0.pending, before: $0.before + $0.since, since: 0) }
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
