import JobCore

/// Finds the backlogs whose oldest job has waited for too long: nobody was told of it, or nobody had room.
///
/// Pure. A backlog is looked at from where the last look ended: the head of the index may be full of rows that are gone. From the
/// beginning it is looked at only now and then, for jobs that were given back and kept their place, and for those whose transaction
/// took long to commit.
struct BacklogSweep {
    /// How often is looked, and how old a job must be by the database's clock: it is found within three seconds of being queued.
    static let interval = Duration.milliseconds(1_250)
    static let overdue: Int64 = 1_750_000
    /// How long a transaction may take to commit a job without being missed until the next look from the beginning.
    static let lateness: Int64 = 5_000_000
    /// How long lies between two looks from the beginning.
    static let wholeLook = Duration.seconds(10)
    /// How many backlogs are looked at in one round, and how many are told of. The others' turn comes in the next ones.
    static let (maxLooks, maxHints) = (5_000, 2_000)

    private struct Known {
        var since: Int64 = 0
        var wholeLookAt: ContinuousClock.Instant
        var seenAt: ContinuousClock.Instant
    }

    private var known: [Backlog: Known] = [:]
    private var turn = 0

    /// How many backlogs are remembered.
    var remembered: Int { known.count }

    /// Where to look among the backlogs that have jobs, and from when on.
    mutating func looks(among waiting: [Backlog], at now: ContinuousClock.Instant) -> [BacklogHint] {
        known = known.filter { $0.value.seenAt + Self.wholeLook * 6 > now }
        guard !waiting.isEmpty else { return [] }
        if turn >= waiting.count { turn = 0 }
        let taken = (waiting[turn...] + waiting[..<turn]).prefix(Self.maxLooks)
        turn += taken.count
        if turn >= waiting.count { turn -= waiting.count }
        return taken.map { backlog in
            var entry = known[backlog] ?? Known(wholeLookAt: now, seenAt: now)
            entry.seenAt = now
            let isWhole = entry.wholeLookAt <= now
            if isWhole { entry.wholeLookAt = now + Self.wholeLook }
            known[backlog] = entry
            return BacklogHint(backlog, since: isWhole ? 0 : entry.since)
        }
    }

    /// Takes in what the looks found.
    ///
    /// - Parameters:
    ///   - looks: Where was looked.
    ///   - oldest: When the oldest job of each was queued; nil where there was none.
    ///   - time: The database's time, in microseconds since 1970.
    /// - Returns: The overdue backlogs, the oldest first.
    mutating func found(_ oldest: [Int64?], in looks: [BacklogHint], at time: Int64) -> [BacklogHint] {
        var hints: [BacklogHint] = []
        for (look, oldest) in zip(looks, oldest) {
            known[look.backlog]?.since = min(oldest ?? .max, time - Self.lateness)
            if let oldest, oldest <= time - Self.overdue { hints.append(BacklogHint(look.backlog, since: oldest)) }
        }
        hints.sort { $0.since < $1.since }
        return Array(hints.prefix(Self.maxHints))
    }
}
