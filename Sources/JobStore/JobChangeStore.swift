import Concurrency
import Formats
public import Foundation
public import JobCore
import Postgres

/// Changes jobs that wait, and removes jobs that do not run.
public struct JobChangeStore: Sendable {
    private let pool: PostgresPool
    private let limits: UsualLimits

    init(pool: PostgresPool, limits: UsualLimits) {
        self.pool = pool
        self.limits = limits
    }

    /// Removes a job that does not run for ever, with its attempts and what its handlers said. That somebody did so to another tenant's
    /// job is put on record.
    ///
    /// - Parameter tenant: Whose job it must be; nil means anybody's.
    /// - Returns: Whose job it was; nil when there was none.
    public func delete(_ job: JobID, of tenant: TenantName?, by actor: AuditActor) async throws -> TenantName? {
        try await pool.withTransaction { transaction in
            let rows = try await transaction.query(
                Statements.deleteJobs,
                [job.uuid],
                tenant?.rawValue,
                nil as [String]?
            )
            guard let row = rows.first else { return nil }
            let owner = try row.decode("tenant", as: String.self)
            let state = try row.decode("state", as: String.self)
            if owner != actor.tenant.rawValue {
                let entry = AuditEntry(.deleteJob, target: job.description, by: actor) {
                    $0.member("tenant", owner)
                    $0.member("state", state)
                }
                _ = try await transaction.pipeline([entry.statement])
            }
            return TenantName(validated: owner)
        }
    }

    /// Changes a job that waits. That somebody did so to another tenant's job is put on record.
    ///
    /// - Parameters:
    ///   - tenant: Whose job it must be; nil means anybody's.
    ///   - isMeant: Whether the job, as it is now, is the one that is to be changed.
    /// - Throws: ``TenantLimitReached`` when there is no room for a longer payload.
    public func change(
        _ id: JobID,
        of tenant: TenantName?,
        _ change: JobChange,
        by actor: AuditActor,
        if isMeant: @escaping @Sendable (Job) -> Bool
    ) async throws -> JobChanged {
        try await pool.withTransaction { transaction -> JobChanged in
            _ = try await transaction.query(Statements.lockJob, id.uuid, tenant?.rawValue)
            let row = try await transaction.query(Statements.findJob, id.uuid, tenant?.rawValue).first
            guard let old = try row.map(Job.init(row:)) else { return .notFound }
            guard isMeant(old) else { return .outdated }
            guard change.isAllowed(in: old.state) else { return .refused(old) }
            let longer = change.payload.map { $0.count - old.payload.count } ?? 0
            let rows = try await transaction.query(
                Statements.changeJob,
                id.uuid,
                change.payload.map { PostgresJSON(bytes: $0) },
                change.tags != nil,
                change.tags,
                change.maxAttempts.map { Int32($0) },
                change.timeout != nil,
                change.timeout?.map(\.millisecondsTruncated),
                change.retry != nil,
                change.retry?.flatMap(\.json),
                change.runAt,
                change.priority?.rawValue,
                old.priority.rawValue,
                Int64(longer)
            )
            guard let row = rows.first else { return .notFound }
            if longer > 0 {
                let backlog = try Backlog(row: row)
                let queue = TenantQueue(tenant: backlog.tenant, queue: backlog.queue)
                try await JobRoom.checkBytes(of: [queue], limits: limits, transaction)
            }
            if change.runAt != nil { _ = try await transaction.pipeline([Statements.announceTimers.bind()]) }
            if old.tenant != actor.tenant.rawValue {
                let entry = AuditEntry(.updateJob, target: id.description, by: actor) {
                    $0.member("tenant", old.tenant)
                    $0.member("members", change.members)
                }
                _ = try await transaction.pipeline([entry.statement])
            }
            let isElsewhere = old.state == .queued && change.priority.map { $0 != old.priority } ?? false
            guard let new = try await transaction.query(Statements.findJob, id.uuid, nil as String?).first else {
                return .notFound
            }
            return .changed(try Job(row: new), isElsewhere ? try JobAnnouncement(row: row) : nil)
        }
    }
}

/// What is to change about a job that waits. What is nil stays.
public struct JobChange: Sendable {
    /// Another payload, as JSON text.
    public var payload: [UInt8]?
    /// Other tags.
    public var tags: [String]?
    /// Another number of attempts.
    public var maxAttempts: Int?
    /// Another limit to the time of an attempt; nil inside for none.
    public var timeout: Duration??
    /// Another retry policy; nil inside for the usual one.
    public var retry: RetryPolicy??
    /// Another time to be due, for a job that waits for one.
    public var runAt: Date?
    /// Another priority.
    public var priority: Priority?

    /// No change.
    public init() {}

    /// What of a job changes, by the names of the API.
    public var members: [String] {
        [
            ("payload", payload != nil), ("tags", tags != nil), ("max_attempts", maxAttempts != nil),
            ("timeout", timeout != nil), ("retry", retry != nil), ("execute_at", runAt != nil),
            ("priority", priority != nil),
        ].filter(\.1).map(\.0)
    }

    /// Whether a job in that state may be changed so.
    func isAllowed(in state: JobState) -> Bool {
        switch state {
        case .scheduled, .retrying: true
        case .queued: runAt == nil
        case .running, .completed, .dead, .cancelled: false
        }
    }
}

/// What became of the wish to change a job.
public enum JobChanged: Sendable {
    /// It is as was wished, and is to be announced if it waits elsewhere now.
    case changed(Job, JobAnnouncement?)
    /// There is none.
    case notFound
    /// It is not the one that was meant.
    case outdated
    /// It is in a state that does not allow it.
    case refused(Job)
}
