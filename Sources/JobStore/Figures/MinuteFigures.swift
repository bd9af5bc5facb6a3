public import Foundation
public import JobCore

/// Whose figures are kept by the minute: everybody's together, a tenant's, or a queue's.
public struct FigureScope: Hashable, Sendable {
    /// Whose; nil means everybody's.
    public var tenant: TenantName?
    /// Of which of its queues alone; nil means all.
    public var queue: QueueName?

    /// Figures of everybody, a tenant or a queue.
    public init(tenant: TenantName?, queue: QueueName? = nil) {
        (self.tenant, self.queue) = (tenant, queue)
    }

    /// The key of its rows.
    var key: (tenant: String, queue: String) { (tenant?.rawValue ?? "", queue?.rawValue ?? "") }
}

/// What jobs came to: numbers that only go up.
public struct JobFlow: Hashable, Sendable {
    /// How many were submitted.
    public var submitted: Int64
    /// How many runs succeeded.
    public var completed: Int64
    /// How many attempts failed.
    public var failed: Int64
    /// How many jobs moved to the dead letters.
    public var died: Int64
    /// How many were cancelled.
    public var cancelled: Int64

    /// Counts; none unless given.
    public init(submitted: Int64 = 0, completed: Int64 = 0, failed: Int64 = 0, died: Int64 = 0, cancelled: Int64 = 0) {
        self.submitted = submitted
        self.completed = completed
        self.failed = failed
        self.died = died
        self.cancelled = cancelled
    }

    /// What counters say.
    public init(_ counts: JobCounts) {
        self.init(
            submitted: counts.submitted,
            completed: counts.completed,
            failed: counts.failed,
            died: counts.died,
            cancelled: counts.cancelled
        )
    }

    /// Each number made into one, with that of another flow.
    func merged(_ other: JobFlow, _ merge: (Int64, Int64) -> Int64) -> JobFlow {
        JobFlow(
            submitted: merge(submitted, other.submitted),
            completed: merge(completed, other.completed),
            failed: merge(failed, other.failed),
            died: merge(died, other.died),
            cancelled: merge(cancelled, other.cancelled)
        )
    }
}

/// How many jobs wait for a worker and how many run.
public struct JobLoad: Hashable, Sendable {
    /// How many wait.
    public var queued: Int64
    /// How many run.
    public var running: Int64

    /// Counts.
    public init(queued: Int64, running: Int64) {
        (self.queued, self.running) = (queued, running)
    }
}

/// A row of the history: written for a minute in which something changed.
struct MinuteRow: Sendable {
    /// When the minute began, in whole minutes since 1970.
    var minute: Int
    /// Of how many minutes, of which this is the last, the counts are.
    var minutes = 1
    /// What was counted.
    var flow: JobFlow
    /// How it stood at the end.
    var load: JobLoad
    /// How it stood at the end of the row before.
    var loadBefore: JobLoad
}

/// How far the history is kept, in whole minutes since 1970, and how a scope stood when its last row was written.
struct FigureKeeping: Sendable {
    /// The present time.
    var now: Date
    /// The first minute of the history.
    var began: Int
    /// The last one that was written, or in which nothing changed.
    var closed: Int
    /// When a scheduler kept the figures last.
    var seenAt: Date?
    /// Since when the oldest job of all waited for a worker then; nil when none did.
    var oldestAt: Date?
    /// What had been counted; nil when nothing ever was.
    var base: JobFlow?
    /// How it stood; nil when nothing ever was counted.
    var load: JobLoad?
}

/// What is told of one step of the history.
public struct HistoryPoint: Hashable, Sendable {
    /// When it began.
    public var at: Date
    /// What became of jobs; nil while no history was kept.
    public var flow: JobFlow?
    /// How it stood at the end; nil when nobody looked.
    public var load: JobLoad?
    /// How long jobs waited that started in it.
    public var waits: WaitBuckets
}

/// How much of the history is told, and in which steps.
public enum HistoryRange: String, CaseIterable, Sendable {
    /// An hour, by the minute.
    case hour
    /// A day, by the quarter of an hour.
    case day

    /// How many minutes a step has.
    public var step: Int { self == .hour ? 1 : 15 }

    /// How many steps there are.
    public var steps: Int { self == .hour ? 60 : 96 }

    /// How many whole minutes before the present one are looked at: those of the steps, and what has passed of the one that is not over.
    var minutes: Int { step * (steps + 1) - 1 }
}

/// Makes rows of the history, which are there for minutes in which something changed, into points without holes. Pure.
///
/// Between two rows nothing happened, and nothing was another number; so it is after the last one through the minute that was closed
/// last. Before the history began, and after that minute, nothing is known. A row of several minutes, as no scheduler was there, is spread over
/// them evenly, and how things stood at the ends of these minutes is not known but for the last.
struct HistoryLine {
    private struct Minute {
        var flow: JobFlow?
        var load: JobLoad?
        var waits = WaitBuckets()
    }

    /// The points, oldest first: of steps that are over.
    let points: [HistoryPoint]

    init(
        _ range: HistoryRange,
        _ keeping: FigureKeeping,
        rows: [MinuteRow],
        waits: [(minute: Int, buckets: WaitBuckets)]
    ) {
        let end = Int((keeping.now.timeIntervalSince1970 / 60).rounded(.down)) / range.step * range.step
        let first = end - range.step * range.steps
        var minutes = Array(repeating: Minute(), count: end - first)
        var load = rows.first?.loadBefore ?? keeping.load ?? JobLoad(queued: 0, running: 0)
        let byMinute = Dictionary(rows.map { ($0.minute, $0) }) { $1 }
        for row in rows where row.minute < first { load = row.load }
        for minute in first..<end where minute >= keeping.began && minute <= keeping.closed {
            load = byMinute[minute]?.load ?? load
            minutes[minute - first] = Minute(flow: JobFlow(), load: load)
        }
        for row in rows {
            Self.spread(row, from: first, over: &minutes)
        }
        for (minute, buckets) in waits where (first..<end).contains(minute) {
            minutes[minute - first].waits.add(buckets)
        }
        points = stride(from: 0, to: minutes.count, by: range.step).map { start in
            let step = minutes[start..<start + range.step]
            return HistoryPoint(
                at: Date(timeIntervalSince1970: Double(first + start) * 60),
                flow: step.compactMap(\.flow).reduce(nil) { ($0 ?? JobFlow()).merged($1, +) },
                load: step.last { $0.load != nil }?.load,
                waits: step.reduce(into: WaitBuckets()) { $0.add($1.waits) }
            )
        }
    }

    /// Adds a row to the minutes that it is of; what cannot be shared evenly is the last ones'.
    private static func spread(_ row: MinuteRow, from first: Int, over minutes: inout [Minute]) {
        let count = max(1, row.minutes)
        for number in 0..<count {
            let place = row.minute - count + 1 + number - first
            guard minutes.indices.contains(place) else { continue }
            let share = row.flow.merged(row.flow) { whole, _ in
                whole * Int64(number + 1) / Int64(count) - whole * Int64(number) / Int64(count)
            }
            minutes[place].flow = (minutes[place].flow ?? JobFlow()).merged(share, +)
            if number < count - 1 { minutes[place].load = nil }
        }
    }
}
