import Concurrency
import Formats
public import Foundation
public import JobCore
public import Postgres

/// Finds what waits, and keeps the figures by which it is found.
public struct BacklogStore: Sendable {
    /// The channel on which job-services hear of backlogs that have jobs; see ``BacklogNotice``.
    public static let channel = "qf_backlogs"
    /// How many rows are folded in one statement, and in how many at most.
    private static let (foldedRows, foldings): (Int32, Int) = (1_000, 200)

    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The backlogs that have jobs which a live worker could run, in any order, and whether a lease has run out: all that a sweep looks
    /// at while nothing is amiss, in one round trip.
    public func sweep(limit: Int) async throws -> (waiting: [Backlog], hasExpiredLeases: Bool) {
        let results = try await pool.pipeline([
            Statements.waitingBacklogs.bind(nil as String?, nil as String?, Int32(limit)),
            Statements.expiredLeases.bind(),
        ])
        return (try results[0].map(Backlog.init(row:)), try results[1].single(Bool.self))
    }

    /// The backlogs of a queue, of a tenant or of all that have jobs which a live worker could run.
    public func waiting(of tenant: TenantName?, in queue: QueueName? = nil, limit: Int) async throws -> [Backlog] {
        try await pool.query(Statements.waitingBacklogs, tenant?.rawValue, queue?.rawValue, Int32(limit))
            .map(Backlog.init(row:))
    }

    /// When the oldest queued job of each backlog was queued, in microseconds since 1970; nil where there is none from the given time on.
    ///
    /// - Parameter backlogs: Where to look, from when on.
    /// - Returns: The times, in the order of the backlogs, and the time by the database's clock.
    public func oldest(_ backlogs: [BacklogHint]) async throws -> (queuedAt: [Int64?], now: Int64) {
        var found: [Int64?] = backlogs.map { _ in nil }
        var now: Int64 = 0
        let rows = try await pool.query(
            Statements.oldestQueued,
            backlogs.map(\.backlog.tenant.rawValue),
            backlogs.map(\.backlog.queue.rawValue),
            backlogs.map(\.backlog.priority.rawValue),
            backlogs.map(\.backlog.type.rawValue),
            backlogs.map { PostgresTimestamp(microsecondsSince1970: $0.since) }
        )
        for row in rows {
            let place = Int(try row.decode(0, as: Int64.self)) - 1
            found[place] = try row.decode(1, as: PostgresTimestamp?.self)?.microsecondsSince1970
            now = try row.decode(2, as: PostgresTimestamp.self).microsecondsSince1970
        }
        return (found, now)
    }

    /// Tells all job-services of backlogs that have jobs.
    public func announce(_ hints: [BacklogHint]) async throws {
        guard !hints.isEmpty else { return }
        _ = try await pool.query(Statements.announceBacklogs, BacklogNotice.texts(of: hints))
    }

    /// Does what is to be done now and then, in one round trip unless much was counted: folds the counters (what sessions counted into one
    /// row a backlog, and what is at rest into one row a queue), and notes which jobs wait for a handler that no live worker has.
    ///
    /// - Parameter limit: The most types to return.
    /// - Returns: How many jobs wait so, by type, the most first; and how many run for no worker that has a lease.
    public func tend(limit: Int) async throws -> (unhandled: [(type: String, jobs: Int)], orphans: Int) {
        let results = try await pool.pipeline([
            Statements.foldCounters.bind(Self.foldedRows), Statements.restCounters.bind(),
            Statements.noteUnhandled.bind(Int32(limit)), Statements.countOrphans.bind(),
        ])
        var folded = try results[0].single(Int64.self)
        for _ in 1..<Self.foldings where folded == Self.foldedRows {
            folded = try await pool.query(Statements.foldCounters, Self.foldedRows).single(Int64.self)
        }
        return (
            try results[2].decode(String.self, Int64.self).map { ($0, Int($1)) },
            Int(try results[3].single(Int64.self))
        )
    }

    /// Moves jobs to the dead letters whose type no worker has had a handler for so long.
    public func buryUnhandled(after time: Duration, limit: Int) async throws -> [DeadLetter] {
        let error = DeadReason.unhandledError
        return try await pool.query(
            Statements.buryUnhandled,
            time.millisecondsTruncated,
            Int32(limit),
            error,
            NormalizedError(error).text
        ).map(DeadLetter.init(row:))
    }

    /// The types that wait although no live worker has a handler for them, as the schedulers found last.
    public func unhandledTypes(of tenant: TenantName?, limit: Int) async throws -> [UnhandledType] {
        try await pool.query(Statements.unhandledTypes, tenant?.rawValue, Int32(limit))
            .decode(String.self, String.self, Date.self)
            .map { UnhandledType(tenant: $0, type: $1, since: $2) }
    }
}

/// A type of which jobs wait although no live worker has a handler for it.
public struct UnhandledType: Hashable, Sendable {
    /// Whose jobs.
    public var tenant: String
    /// The type.
    public var type: String
    /// Since when nobody has had one.
    public var since: Date
}

/// What is sent on ``BacklogStore/channel``: a line for each backlog with its tenant, queue, priority, type and time, with spaces
/// between them, which none of these can have.
public enum BacklogNotice {
    /// PostgreSQL takes less than 8 000 bytes in a notification.
    private static let maxBytes = 7_900

    /// The texts that tell of backlogs.
    public static func texts(of hints: [BacklogHint]) -> [String] {
        var texts: [String] = []
        var text = ""
        for hint in hints {
            let backlog = hint.backlog
            let line =
                "\(backlog.tenant) \(backlog.queue) \(backlog.priority.rawValue) \(backlog.type) \(hint.since)\n"
            if text.utf8.count + line.utf8.count > maxBytes {
                texts.append(text)
                text = ""
            }
            text += line
        }
        return text.isEmpty ? texts : texts + [text]
    }

    /// Reads a text; lines that are none of ours are passed over.
    public static func hints(in text: String) -> [BacklogHint] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count == 5, let tenant = try? TenantName(String(parts[0])),
                let queue = try? QueueName(String(parts[1])), let priority = Priority(rawValue: String(parts[2])),
                let type = try? JobType(String(parts[3])), let since = Int64(parts[4])
            else { return nil }
            return BacklogHint(Backlog(tenant: tenant, queue: queue, priority: priority, type: type), since: since)
        }
    }
}
