import Foundation
public import JobCore
import Postgres

/// Reads how things stand and what became of jobs by the minute, from figures that are kept: nothing is counted.
public struct MinuteStore: Sendable {
    /// Of how many backlogs the oldest job is looked for, those that have most.
    private static let backlogs: Int32 = 300
    /// How long what a scheduler has seen is good for.
    private static let freshness = 90.0
    /// How many whole minutes' waits an overview tells of.
    private static let recent: Int32 = 5

    private let reading: GuardedPool
    private let pool: PostgresPool

    /// A store on a pool for reading, and one for what processes add.
    init(reading: GuardedPool, pool: PostgresPool) {
        (self.reading, self.pool) = (reading, pool)
    }

    /// How a tenant, or everybody together, stands; in one round trip. Nil when there is no such tenant.
    public func overview(of tenant: TenantName?) async throws -> Overview? {
        let (name, scope) = (tenant?.rawValue, FigureScope(tenant: tenant).key)
        let statements = [
            Statements.countJobs.bind(name), Statements.readKeeping.bind(scope.tenant, scope.queue),
            Statements.readMinutes.bind(scope.tenant, scope.queue, Self.recent),
            Statements.readWaits.bind(scope.tenant, scope.queue, Self.recent),
            Statements.readPlatform.bind(name),
        ]
        // Of everybody a scheduler looks for the oldest, in turns.
        let oldest = name.map { [Statements.oldestReady.bind($0, Self.backlogs)] } ?? []
        let results = try await reading.pipeline(statements + oldest)
        guard let counts = try results[0].first.map(JobCounts.init(row:)), let platform = results[4].first else {
            throw NoRow()
        }
        guard let keeping = try FigureKeeping(results[1]) else { return nil }
        let last = try results[2].map(MinuteRow.init(row:)).last { $0.minute == keeping.closed }
        func count(_ column: String) throws -> Int { Int(try platform.decode(column, as: Int64.self)) }
        return Overview(
            at: keeping.now,
            counts: counts,
            rates: FlowRates(JobFlow(counts), since: keeping, last: last),
            waits: try results[3].reduce(into: WaitBuckets()) { try $0.add(WaitBuckets(row: $1)) },
            oldestReadyAge: oldest.isEmpty
                ? Self.oldestAge(keeping) : try results[5].single(Double?.self).map { max(0, $0) },
            workers: try count("workers"),
            slots: try count("slots"),
            usedSlots: try count("used"),
            queues: try count("queues"),
            pausedQueues: try count("paused_queues"),
            schedulerSeenAt: keeping.seenAt
        )
    }

    private static func oldestAge(_ keeping: FigureKeeping) -> Double? {
        guard let seenAt = keeping.seenAt, let oldestAt = keeping.oldestAt,
            keeping.now.timeIntervalSince(seenAt) < freshness
        else { return nil }
        return max(0, keeping.now.timeIntervalSince(oldestAt))
    }

    /// What became of jobs, oldest first and without holes; in one round trip. Nil when there is no such tenant.
    public func history(of scope: FigureScope, _ range: HistoryRange) async throws -> [HistoryPoint]? {
        let (tenant, queue) = scope.key
        let results = try await reading.pipeline([
            Statements.readKeeping.bind(tenant, queue),
            Statements.readMinutes.bind(tenant, queue, Int32(range.minutes)),
            Statements.readWaits.bind(tenant, queue, Int32(range.minutes)),
        ])
        guard let keeping = try FigureKeeping(results[0]) else { return nil }
        return HistoryLine(
            range,
            keeping,
            rows: try results[1].map(MinuteRow.init(row:)),
            waits: try results[2].map { (try $0.minute("minute"), try WaitBuckets(row: $0)) }
        ).points
    }

    /// Adds to how long jobs waited that started in some minutes.
    public func add(_ waits: [MinuteWait]) async throws {
        guard !waits.isEmpty else { return }
        _ = try await pool.query(
            Statements.addWaits,
            waits.map(\.scope.key.tenant),
            waits.map(\.scope.key.queue),
            waits.map { PostgresTimestamp(microsecondsSince1970: $0.minute * 60_000_000) },
            waits.map { $0.buckets.counts.map(String.init).joined(separator: ",") }
        )
    }
}

/// How long jobs waited that started in one minute.
public struct MinuteWait: Hashable, Sendable {
    /// Whose jobs.
    public var scope: FigureScope
    /// When it began by the database's clock, in whole minutes since 1970.
    public var minute: Int64
    /// How many waited how long.
    public var buckets: WaitBuckets

    /// How long the jobs of a scope waited.
    public init(_ scope: FigureScope, minute: Int64, _ buckets: WaitBuckets) {
        (self.scope, self.minute, self.buckets) = (scope, minute, buckets)
    }
}

extension WaitBuckets {
    /// Reads a row of `read_waits.sql`.
    fileprivate init(row: PostgresRow) throws {
        self.init(counts: try row.decode("buckets", as: [Int64].self))
    }
}

extension FigureKeeping {
    /// Reads the row of `read_keeping.sql`; nil when there is no such tenant.
    fileprivate init?(_ rows: PostgresRows) throws {
        guard let row = rows.first else { throw NoRow() }
        guard try row.decode("is_known", as: Bool.self) else { return nil }
        let isCounted = try row.decode("submitted", as: Int64?.self) != nil
        self.init(
            now: try row.decode("at", as: Date.self),
            began: try row.minute("began"),
            closed: try row.minute("closed"),
            seenAt: try row.decode("seen_at", as: Date?.self),
            oldestAt: try row.decode("oldest_at", as: Date?.self),
            base: isCounted ? try JobFlow(row: row) : nil,
            load: isCounted ? try JobLoad(row: row, "queued", "running") : nil
        )
    }
}

extension MinuteRow {
    /// Reads a row of `read_minutes.sql`.
    fileprivate init(row: PostgresRow) throws {
        self.init(
            minute: try row.minute("minute"),
            minutes: Int(try row.decode("minutes", as: Int32.self)),
            flow: try JobFlow(row: row),
            load: try JobLoad(row: row, "queued", "running"),
            loadBefore: try JobLoad(row: row, "queued_before", "running_before")
        )
    }
}

extension JobFlow {
    fileprivate init(row: PostgresRow) throws {
        self.init(
            submitted: try row.decode("submitted", as: Int64.self),
            completed: try row.decode("completed", as: Int64.self),
            failed: try row.decode("failed", as: Int64.self),
            died: try row.decode("died", as: Int64.self),
            cancelled: try row.decode("cancelled", as: Int64.self)
        )
    }
}

extension JobLoad {
    fileprivate init(row: PostgresRow, _ queued: String, _ running: String) throws {
        self.init(
            queued: try row.decode(queued, as: Int64.self),
            running: try row.decode(running, as: Int64.self)
        )
    }
}

extension PostgresRow {
    /// A column's time in whole minutes since 1970.
    fileprivate func minute(_ column: String) throws -> Int {
        Int(try decode(column, as: PostgresTimestamp.self).microsecondsSince1970 / 60_000_000)
    }
}
