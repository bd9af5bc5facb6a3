public import JobCore

/// What a walk through jobs found, the newest first.
public struct JobScan: Sendable {
    /// The jobs that are meant.
    public internal(set) var jobs: [Job] = []
    /// From where it goes on; nil when there are no more.
    public internal(set) var next: JobCursor?
    /// Whether there are as many jobs as were asked for, or all that there are. Otherwise the walk ended early, as it had done as much
    /// work as it may; there may be more jobs, or none.
    public internal(set) var isComplete = true
    /// How many jobs were looked at.
    public internal(set) var examined = 0
}

/// Where a walk through jobs goes on.
public struct JobCursor: Hashable, Sendable, CustomStringConvertible {
    /// Only jobs before this one.
    public var before: JobID
    /// How many of the jobs that are meant are still to be passed over.
    public var offset: Int

    /// The place after a job.
    public init(before: JobID, offset: Int = 0) {
        self.before = before
        self.offset = offset
    }

    /// Reads a cursor's text; nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let before = JobID(parts[0]), parts.count <= 2 else { return nil }
        guard parts.count == 2 else {
            self.init(before: before)
            return
        }
        guard let offset = Int(parts[1]), offset > 0 else { return nil }
        self.init(before: before, offset: offset)
    }

    /// The job's id, and after a dot how many are to be passed over, if any are.
    public var description: String { offset == 0 ? "\(before)" : "\(before).\(offset)" }
}

/// How much work one walk through jobs may do.
public struct ScanBudget: Hashable, Sendable {
    /// What a page may cost.
    public static let page = ScanBudget(rows: 20_000, bytes: 8 << 20, time: .milliseconds(25))

    /// What a count may cost.
    public static let count = ScanBudget(rows: 100_000, bytes: 8 << 20, time: .milliseconds(30))

    /// How many jobs it may look at.
    public var rows: Int
    /// How many bytes of payloads it may look into, as they are kept.
    public var bytes: Int
    /// After how long it begins nothing more.
    public var time: Duration

    /// A budget.
    public init(rows: Int, bytes: Int, time: Duration) {
        self.rows = rows
        self.bytes = bytes
        self.time = time
    }
}

/// What is read of jobs besides what is looked at.
public enum JobContents: Hashable, Sendable {
    /// Their payloads and results; a walk ends early rather than fill the memory.
    case included
    /// Neither: both are empty.
    case omitted
}

extension JobReader {
    /// Payloads and results of a walk have about so many bytes at most.
    private static let maxBytes = 8 << 20
    /// As long as it is not known how large the jobs are, few are read at once.
    private static let firstRead = 16

    /// Walks through jobs, the newest first, until there are enough of those that are meant, or the budget is spent: then it goes on at
    /// ``JobScan/next``, without leaving a job out or telling of one twice.
    ///
    /// - Parameters:
    ///   - cursor: Where to begin; nil means at the newest job.
    ///   - limit: The most jobs to find.
    /// - Throws: What the database says.
    public func scan(
        _ filter: JobFilter,
        after cursor: JobCursor? = nil,
        limit: Int,
        contents: JobContents = .included,
        budget: ScanBudget = .page
    ) async throws -> JobScan {
        var scan = JobScan()
        guard var walk = JobWalk(filter, after: cursor?.before) else { return scan }
        var meter = ScanMeter(budget, looksIntoPayloads: filter.looksIntoPayloads)
        var (offset, bytes, mayRead) = (cursor?.offset ?? 0, 0, contents == .included ? Self.firstRead : Int.max)
        // One more than is asked for tells whether there is another page.
        while scan.jobs.count <= limit, bytes < Self.maxBytes, !walk.isEnded, let share = meter.next() {
            if offset > 0 {
                let passed = try await walk.count(in: pool, share, limit: offset)
                meter.spend(passed.examined, of: share)
                scan.examined += passed.examined
                offset -= passed.jobs
                continue
            }
            let wanted = min(mayRead, limit + 1 - scan.jobs.count)
            let step = try await walk.step(in: pool, share, limit: wanted, contents: contents)
            meter.spend(step.examined, of: share)
            scan.examined += step.examined
            scan.jobs += step.jobs
            bytes += step.jobs.reduce(0) { $0 + $1.payload.count + ($1.result?.count ?? 0) }
            if bytes > 0 { mayRead = max(1, (Self.maxBytes - bytes) * scan.jobs.count / bytes) }
        }
        if scan.jobs.count > limit {
            scan.jobs.removeLast()
            scan.next = scan.jobs.last.map { JobCursor(before: $0.id) }
        } else if !walk.isEnded {
            scan.next = walk.before.map { JobCursor(before: $0, offset: offset) }
            scan.isComplete = scan.jobs.count == limit
        }
        return scan
    }
}

extension JobReader {
    /// Counts jobs, until there are so many or the budget is spent.
    ///
    /// - Returns: How many were found, and whether there are no more.
    public func count(
        _ filter: JobFilter,
        limit: Int,
        budget: ScanBudget = .count
    ) async throws -> (jobs: Int, isExact: Bool) {
        guard var walk = JobWalk(filter, after: nil) else { return (0, true) }
        var meter = ScanMeter(budget, looksIntoPayloads: filter.looksIntoPayloads)
        var jobs = 0
        while jobs < limit, !walk.isEnded, let share = meter.next() {
            let step = try await walk.count(in: pool, share, limit: limit - jobs)
            meter.spend(step.examined, of: share)
            jobs += step.jobs
        }
        return (jobs, walk.isEnded)
    }
}

/// Shares a budget out over the steps of a walk: the first one is small, and by its time it is known how large the next one may be. What the first
/// one may look at is looked at however long it takes, so that a short walk does not depend on the machine's load.
struct ScanMeter {
    /// What one step may look at.
    struct Share: Equatable {
        var rows: Int
        var bytes: Int
    }

    private static let bytesOfStep = 1 << 20
    /// A step is at most so many times as large as the one before.
    private static let growth = 4
    /// A step may spend so much of what is left: where rows lie farther apart than those before, they take longer.
    private static let portion = 0.5

    private let budget: ScanBudget
    private let looksIntoPayloads: Bool
    private let least: Int
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private var examined = 0
    private var bytes = 0
    private var step: Int

    init(_ budget: ScanBudget, looksIntoPayloads: Bool) {
        self.budget = budget
        self.looksIntoPayloads = looksIntoPayloads
        least = looksIntoPayloads ? 200 : 2_000
        step = least
        begin = clock.now
    }

    /// What the next step may look at; nil when the budget is spent.
    func next() -> Share? {
        guard examined < budget.rows, bytes < budget.bytes, examined < least || clock.now - begin < budget.time
        else { return nil }
        return Share(rows: min(step, budget.rows - examined), bytes: min(Self.bytesOfStep, budget.bytes - bytes))
    }

    /// Notes how many jobs a step looked at.
    mutating func spend(_ examined: Int, of share: Share) {
        self.examined += max(1, examined)
        if looksIntoPayloads { bytes += share.bytes }
        let spent = max(0.001, (clock.now - begin) / budget.time)
        let affordable = Double(self.examined) / spent * (1 - spent) * Self.portion
        step = max(least - self.examined, 1, min(Self.growth * share.rows, Int(max(0, affordable))))
    }
}
