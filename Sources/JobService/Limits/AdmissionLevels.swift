import JobStore

/// What an admission control knows of the levels that jobs raise.
///
/// A level is what was last read of it, and all that was stored since that reading began or is yet to be stored. So it
/// may be too high for a moment, never too low by what went through here. Pure; a level that nothing raised between two readings is
/// forgotten, unless it is full.
struct AdmissionLevels {
    /// A rise that is asked for, and the limit of the level.
    struct Rise {
        var level: JobLevel
        var count: Int
        var limit: Int
    }

    private struct Height {
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
        /// Whether little room is left, so that it is to be read more often.
        var isNearlyFull: Bool { sum >= limit - limit / 8 }
    }

    private var heights: [JobLevel: Height] = [:]

    /// Lets all of some rises happen, or none of them.
    ///
    /// - Returns: The first one that there is no room for, and how high its level is; nil when they happened. And whether any level is
    ///   nearly full.
    mutating func admit(_ rises: [Rise]) -> (full: Rise?, height: Int, isNearlyFull: Bool) {
        for rise in rises {
            var height = heights[rise.level] ?? Height()
            height.limit = rise.limit
            guard height.sum + rise.count > rise.limit, rise.count > 0 else { continue }
            height.hasRefused = true
            heights[rise.level] = height
            return (rise, height.sum, true)
        }
        var isNearlyFull = false
        for rise in rises {
            heights[rise.level, default: Height()].pending += rise.count
            heights[rise.level]?.limit = rise.limit
            isNearlyFull = isNearlyFull || heights[rise.level]?.isNearlyFull ?? false
        }
        return (nil, 0, isNearlyFull)
    }

    /// Takes note of what became of a rise that was let happen.
    mutating func settle(_ count: Int, of level: JobLevel, isStored: Bool) {
        heights[level]?.pending -= count
        if isStored { heights[level]?.since += count }
    }

    /// Whether the last reading alone says that there is no room for a rise.
    func wasReadFull(for rise: Rise) -> Bool {
        heights[rise.level].map { $0.read + rise.count > rise.limit } ?? false
    }

    /// Begins a reading.
    ///
    /// - Returns: The levels to read.
    mutating func beginReading() -> [JobLevel] {
        heights = heights.filter(\.value.isToBeRead).mapValues { height in
            Height(
                read: height.read,
                pending: height.pending,
                before: height.before + height.since,
                limit: height.limit
            )
        }
        return Array(heights.keys)
    }

    /// Takes note of what was read; nil when that failed.
    mutating func endReading(_ levels: [JobLevel: Int]?) {
        guard let levels else { return }
        for (level, height) in levels where heights[level] != nil {
            heights[level]?.read = height
            heights[level]?.before = 0
        }
    }
}
