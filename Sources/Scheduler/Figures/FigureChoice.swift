import JobCore
import JobStore

/// Which queues metrics tell apart, and what the others come to.
///
/// Pure. At most so many queues are told apart. One is for as long as it has work; then one with more to do may take its place, and so it
/// may when it has little to do beside the other. What all other queues have counted is kept as one number that only goes up: a queue
/// that changes sides changes nothing of it, and from then on counts on the other side. So the increases of all series add up to those of
/// the platform, whatever moves.
struct FigureChoice {
    /// What counts from the beginning.
    struct Totals: Equatable {
        var submitted: Int64 = 0
        var completed: Int64 = 0
        var cancelled: Int64 = 0
        var died: Int64 = 0
        var failed: Int64 = 0

        init() {}

        init(_ counts: JobCounts) {
            submitted = counts.submitted
            completed = counts.completed
            cancelled = counts.cancelled
            died = counts.died
            failed = counts.failed
        }

        /// Each number of two made into one.
        func merged(_ other: Totals, _ merge: (Int64, Int64) -> Int64) -> Totals {
            var merged = Totals()
            merged.submitted = merge(submitted, other.submitted)
            merged.completed = merge(completed, other.completed)
            merged.cancelled = merge(cancelled, other.cancelled)
            merged.died = merge(died, other.died)
            merged.failed = merge(failed, other.failed)
            return merged
        }
    }

    /// How many queues are told apart, and how many candidates for that are looked at.
    static let limit = 50
    /// After how many rounds without work another queue may have the place, and after how many at work one with far more to do.
    static let (idleRounds, busyRounds) = (60, 12)
    /// How many times as much to do that is.
    static let farMore: Int64 = 10

    private struct Told {
        var totals: Totals
        var since: Int
        var workedAt: Int
    }

    private let limit: Int
    private var told: [TenantQueue: Told] = [:]
    private var round = 0
    /// What all queues had counted in the last round.
    private var before: Totals?
    /// What those that are not told apart have counted, as it is reckoned, and the most that was told of it.
    private var (others, toldOfOthers) = (Totals(), Totals())

    init(limit: Int = Self.limit) {
        self.limit = limit
    }

    /// The queues that are told apart: their figures must be among those of the next round.
    var queues: [TenantQueue] { Array(told.keys) }

    /// Takes the figures of a round.
    ///
    /// - Returns: Those of the queues that are told apart, and the counts of all others.
    mutating func take(
        _ figures: PlatformFigures
    ) -> (queues: [(status: QueueStatus, workers: Int)], others: JobCounts) {
        round += 1
        let all = Totals(figures.total)
        let present = Dictionary(figures.queues.map { ($0.status.queue, $0.status) }) { first, _ in first }
        if let before {
            var grown: [TenantQueue: Totals] = [:]
            for (queue, known) in told {
                guard let status = present[queue] else { continue }
                let totals = Totals(status.counts)
                grown[queue] = totals.merged(known.totals, -)
                if totals != known.totals || status.counts.work > 0 { told[queue]?.workedAt = round }
                told[queue]?.totals = totals
            }
            choose(among: present)
            // What a queue counted since the last round, and is told of no more, is one of the others'.
            others = others.merged(all.merged(before, -), +)
            for (queue, grown) in grown where told[queue] != nil { others = others.merged(grown, -) }
        } else {
            choose(among: present)
            others = told.values.reduce(all) { $0.merged($1.totals, -) }
        }
        before = all
        toldOfOthers = toldOfOthers.merged(others, max)
        return result(figures)
    }

    /// Gives free places to the queues with most to do, and places of others to those with far more.
    private mutating func choose(among present: [TenantQueue: QueueStatus]) {
        let candidates = present.values.filter { told[$0.queue] == nil }.sorted {
            ($0.counts.work, $0.counts.submitted, $0.queue.name) > ($1.counts.work, $1.counts.submitted, $1.queue.name)
        }
        for candidate in candidates {
            if told.count >= limit {
                guard let leaving = place(for: candidate, present) else { return }
                told[leaving] = nil
            }
            told[candidate.queue] = Told(totals: Totals(candidate.counts), since: round, workedAt: round)
        }
    }

    /// The queue whose place another one may have.
    private func place(for candidate: QueueStatus, _ present: [TenantQueue: QueueStatus]) -> TenantQueue? {
        func work(_ queue: TenantQueue) -> Int64 { present[queue]?.counts.work ?? 0 }
        let least = told.min {
            (work($0.key), $0.value.workedAt, $0.key.name) < (work($1.key), $1.value.workedAt, $1.key.name)
        }
        guard let least, candidate.counts.work > 0 else { return nil }
        let isIdle = least.value.workedAt + Self.idleRounds <= round
        let isFarMore =
            least.value.since + Self.busyRounds <= round
            && candidate.counts.work >= Self.farMore * max(work(least.key), Self.farMore)
        return isIdle || isFarMore ? least.key : nil
    }

    private func result(
        _ figures: PlatformFigures
    ) -> (queues: [(status: QueueStatus, workers: Int)], others: JobCounts) {
        let queues = figures.queues.filter { told[$0.status.queue] != nil }
        var rest = figures.total
        for (status, _) in queues {
            rest.scheduled -= status.counts.scheduled
            rest.queued -= status.counts.queued
            rest.running -= status.counts.running
            rest.retrying -= status.counts.retrying
            rest.dead -= status.counts.dead
        }
        return (
            queues,
            JobCounts(
                submitted: toldOfOthers.submitted,
                scheduled: max(0, rest.scheduled),
                queued: max(0, rest.queued),
                running: max(0, rest.running),
                retrying: max(0, rest.retrying),
                completed: toldOfOthers.completed,
                cancelled: toldOfOthers.cancelled,
                failed: toldOfOthers.failed,
                died: toldOfOthers.died,
                dead: max(0, rest.dead)
            )
        )
    }
}

extension JobCounts {
    /// How many jobs are not at their end.
    fileprivate var work: Int64 { scheduled + queued + running + retrying }
}

extension TenantQueue {
    /// What queues are ordered by where nothing else tells them apart.
    fileprivate var name: String { "\(tenant) \(queue)" }
}

/// How long the oldest job waits in the queues that are not told apart, found a part of them at a time.
struct OldestOfOthers {
    /// Since when the oldest one waits, as far as this turn has come, and by the turn before while this one has not come to its end.
    private var since: ContinuousClock.Instant?
    private var sinceBefore: ContinuousClock.Instant?
    /// Where to go on; nil for the first backlog.
    private(set) var cursor: Backlog?

    /// Takes in what a look from the cursor on found.
    mutating func found(_ age: Duration?, next: Backlog?, at now: ContinuousClock.Instant) {
        if cursor == nil { (sinceBefore, since) = (since, nil) }
        since = [since, age.map { now - $0 }].compactMap(\.self).min()
        cursor = next
        if next == nil { sinceBefore = nil }
    }

    /// How long it waits.
    func age(at now: ContinuousClock.Instant) -> Duration {
        [since, sinceBefore].compactMap(\.self).min().map { now - $0 } ?? .zero
    }
}
