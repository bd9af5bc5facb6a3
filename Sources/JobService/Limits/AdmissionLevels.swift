import JobStore

/// What an admission control knows of the levels that jobs raise.
///
/// A level is what was last read of it, and all that was stored since that reading began or is yet to be stored. So it
/// may be too high for a moment, never too low by what went through here. Pure.
///
/// With ten thousand queues most get a job now and then, so that a level is not read anew for each: once what was added comes to a part of
/// its limit, when it is nearly full, and after a while. One that is at nothing, and that nothing raises, is forgotten.
struct AdmissionLevels {
    /// The part of a limit that is added before a level is read anew, and how long it goes unread while anything is added, or nothing.
    private static let (part, patience, patienceAtRest) = (64, Duration.seconds(5), Duration.seconds(60))

    /// A rise that is asked for, and the limit of the level.
    struct Rise {
        var level: JobLevel
        var count: Int
        var limit: Int
    }

    private struct Height {
        var read = 0
        var readAt: ContinuousClock.Instant?
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
        /// Whether little room is left, so that it is to be read more often.
        var isNearlyFull: Bool { sum >= limit - limit / 8 }

        func wasRead(within time: Duration, of now: ContinuousClock.Instant) -> Bool {
            readAt.map { $0 + time > now } ?? false
        }

        func isToBeRead(at now: ContinuousClock.Instant) -> Bool {
            if hasRefused || sum >= limit { return true }
            let risen = pending + since
            if risen == 0 { return sum > 0 && !wasRead(within: patienceAtRest, of: now) }
            return risen >= limit / part || isNearlyFull || !wasRead(within: patience, of: now)
        }

        func isForgotten(at now: ContinuousClock.Instant) -> Bool {
            sum == 0 && !hasRefused && !wasRead(within: patience, of: now)
        }
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

    /// Whether a reading within a time says by itself that there is no room for a rise.
    func wasReadFull(for rise: Rise, within time: Duration, of now: ContinuousClock.Instant) -> Bool {
        heights[rise.level].map { $0.wasRead(within: time, of: now) && $0.read + rise.count > rise.limit } ?? false
    }

    /// Begins a reading.
    ///
    /// - Returns: The levels to read; there may be none.
    mutating func beginReading(at now: ContinuousClock.Instant) -> [JobLevel] {
        var (toRead, forgotten): ([JobLevel], [JobLevel]) = ([], [])
        var index = heights.startIndex
        while index != heights.endIndex {
            let height = heights.values[index]
            if height.isToBeRead(at: now) {
                toRead.append(heights.keys[index])
                heights.values[index].before += height.since
                heights.values[index].since = 0
                heights.values[index].hasRefused = false
            } else if height.isForgotten(at: now) {
                forgotten.append(heights.keys[index])
            }
            heights.formIndex(after: &index)
        }
        for level in forgotten { heights[level] = nil }
        return toRead
    }

    /// Takes note of what was read; nil when that failed.
    mutating func endReading(_ levels: [JobLevel: Int]?, at now: ContinuousClock.Instant) {
        guard let levels else { return }
        for (level, height) in levels where heights[level] != nil {
            heights[level]?.read = height
            heights[level]?.readAt = now
            heights[level]?.before = 0
        }
    }
}
