import Concurrency
public import Foundation
public import JobCore
public import Postgres

/// Keeps the schedules and fires them.
public struct ScheduleStore: Sendable {
    /// The channel on which schedulers hear that a schedule may be due earlier than they think.
    public static let channel = "qf_schedules"

    let pool: PostgresPool
    let limits: UsualLimits

    /// A store on a pool of connections.
    ///
    /// - Parameter limits: What tenants without limits of their own may have.
    public init(pool: PostgresPool, limits: UsualLimits = UsualLimits()) {
        self.pool = pool
        self.limits = limits
    }

    /// Makes a schedule. Its first instant is the first after its creation.
    ///
    /// - Returns: The schedule; nil when the tenant has another one of that name.
    /// - Throws: ``CronError`` when the definition cannot be read; ``TenantLimitReached``; ``TenantClosed``.
    public func create(_ definition: ScheduleDefinition, of tenant: TenantName) async throws -> Schedule? {
        try await pool.withTransaction { transaction in
            let now = try await transaction.query(Statements.databaseTime).single(Date.self)
            let instants = try definition.instants(createdAt: now)
            let next = instants.next(after: now)
            let id = ScheduleID.make()
            try await makeRoom(for: id, definition, firing: instants.mostInMinute, of: tenant, transaction)
            let parameters: [any PostgresEncodable] =
                [id.uuid, tenant.rawValue] + definition.parameters + [now, next, Int32(instants.mostInMinute)]
            return try await transaction.pipeline([
                PostgresStatement.Bound(Statements.insertSchedule, parameters: parameters),
                Statements.announceSchedules.bind(),
            ])[0].first.map(Schedule.init(row:))
        }
    }

    /// Locks a tenant, sees to it that it may have a schedule, be it a new one or another in its place, and has its queue.
    private func makeRoom(
        for id: ScheduleID,
        _ definition: ScheduleDefinition,
        firing firings: Int,
        inPlaceOf old: Int? = nil,
        of tenant: TenantName,
        _ transaction: PostgresTransaction
    ) async throws {
        let room = try await TenantRoom(locking: tenant, usual: limits.ofTenant, transaction)
        let others = try await transaction.query(Statements.countSchedules, tenant.rawValue, id.uuid).first
        guard let others else { return }
        if old == nil { try room.check(.schedules, used: Int(try others.decode("schedules", as: Int64.self))) }
        // What was allowed before may stay when a limit was lowered.
        if firings > old ?? 0 {
            try room.check(.firings, used: Int(try others.decode("firings", as: Int64.self)), adding: firings)
        }
        try await room.add([definition.job.queue], of: tenant, transaction)
    }

    /// One schedule; nil when there is none, or none of that tenant.
    ///
    /// - Parameter tenant: Whose schedule it must be; nil means anybody's.
    public func schedule(_ id: ScheduleID, of tenant: TenantName?) async throws -> Schedule? {
        try await pool.query(Statements.findSchedule, id.uuid, tenant?.rawValue).first.map(Schedule.init(row:))
    }

    /// A page of schedules, newest first.
    ///
    /// - Parameters:
    ///   - tenant: Whose; nil means everybody's.
    ///   - cursor: The last schedule of the page before; nil for the first page.
    public func schedules(of tenant: TenantName?, before cursor: ScheduleID?, limit: Int) async throws -> [Schedule] {
        try await pool.query(Statements.listSchedules, tenant?.rawValue, cursor?.uuid, Int32(limit))
            .map(Schedule.init(row:))
    }

    /// Writes a schedule anew. With the same expression and zone it goes on as it did; with another one it fires at what that
    /// names from now on, and what the old one owed is forgotten.
    ///
    /// - Parameters:
    ///   - tenant: Whose schedule it must be; nil means anybody's.
    ///   - isExpected: Whether the version on record is the one that the caller has seen.
    /// - Throws: ``CronError`` when the definition cannot be read; ``TenantLimitReached``; ``TenantClosed``.
    public func replace(
        _ id: ScheduleID,
        of tenant: TenantName?,
        by definition: ScheduleDefinition,
        ifVersion isExpected: (Int) -> Bool = { _ in true }
    ) async throws -> ScheduleReplacement {
        do {
            return try await pool.withTransaction { transaction in
                let named = try await transaction.query(Statements.findSchedule, id.uuid, tenant?.rawValue).first
                guard let known = try named.map(Schedule.init(row:)) else { return .notFound }
                // It is locked after its tenant, as it is by whoever suspends that.
                let firings = try definition.instants(createdAt: known.createdAt).mostInMinute
                let before = (try? known.definition.instants(createdAt: known.createdAt).mostInMinute) ?? 0
                try await makeRoom(
                    for: id,
                    definition,
                    firing: firings,
                    inPlaceOf: before,
                    of: known.tenant,
                    transaction
                )
                let found = try await transaction.pipeline([
                    Statements.lockSchedule.bind(id.uuid, tenant?.rawValue), Statements.databaseTime.bind(),
                ])
                guard let old = try found[0].first.map(Schedule.init(row:)) else { return .notFound }
                guard isExpected(old.version) else { return .outdated(version: old.version) }
                var (settledAt, nextAt) = (old.settledAt, old.nextAt)
                if old.definition.cron != definition.cron || old.definition.timeZone != definition.timeZone {
                    settledAt = max(settledAt, try found[1].single(Date.self))
                    nextAt = try definition.instants(createdAt: old.createdAt).next(after: settledAt)
                }
                let parameters: [any PostgresEncodable] =
                    [id.uuid] + definition.parameters + [settledAt, nextAt, Int32(firings)]
                let row = try await transaction.pipeline([
                    PostgresStatement.Bound(Statements.replaceSchedule, parameters: parameters),
                    Statements.announceSchedules.bind(),
                ])[0].first
                return try row.map { .replaced(try Schedule(row: $0)) } ?? .notFound
            }
        } catch let error as PostgresError where error.sqlState == .uniqueViolation {
            return .nameTaken
        }
    }

    /// Pauses a schedule, or resumes it with what its policy for missed runs makes of the time it rested. May be asked
    /// any number of times.
    ///
    /// - Parameter tenant: Whose schedule it must be; nil means anybody's.
    /// - Returns: The schedule as it is now; nil when there is none.
    public func setPaused(_ isPaused: Bool, _ id: ScheduleID, of tenant: TenantName?) async throws -> Schedule? {
        try await pool.pipeline([
            Statements.pauseSchedule.bind(id.uuid, tenant?.rawValue, isPaused), Statements.announceSchedules.bind(),
        ])[0].first.map(Schedule.init(row:))
    }

    /// Removes a schedule. The jobs that it made stay.
    ///
    /// - Parameter tenant: Whose schedule it must be; nil means anybody's.
    /// - Returns: Whether there was one.
    public func delete(_ id: ScheduleID, of tenant: TenantName?) async throws -> Bool {
        try await pool.query(Statements.deleteSchedule, id.uuid, tenant?.rawValue).affectedRows == 1
    }

    /// A page of what a schedule has fired, the latest first, as far as that is kept.
    ///
    /// - Parameter instant: Only firings before this one; nil for the first page.
    public func runs(of id: ScheduleID, before instant: Date?, limit: Int) async throws -> [ScheduleRun] {
        try await pool.query(Statements.listFirings, id.uuid, instant, Int32(limit)).map(ScheduleRun.init(row:))
    }

    /// Removes what is kept of old firings.
    ///
    /// - Returns: How many were removed; fewer than the limit when no more are old enough.
    public func deleteFirings(olderThan age: Duration, limit: Int) async throws -> Int {
        Int(
            try await pool.query(Statements.deleteOldFirings, age.millisecondsTruncated, Int32(limit)).single(
                Int64.self
            )
        )
    }
}

extension ScheduleDefinition {
    /// The parameters of the statements that write it, from the name on.
    fileprivate var parameters: [any PostgresEncodable] {
        [
            name.rawValue, cron, timeZone, missedRuns.rawValue, overlap.rawValue, job.type.rawValue, job.queue.rawValue,
            job.priority.rawValue, PostgresJSON(bytes: job.payload), Int32(job.maxAttempts), job.retry.map(\.json),
            job.timeout?.millisecondsTruncated, job.tags,
        ]
    }
}

/// What became of the wish to write a schedule anew.
public enum ScheduleReplacement: Hashable, Sendable {
    /// It is on record.
    case replaced(Schedule)
    /// There is no such schedule.
    case notFound
    /// Another schedule of the tenant has the name.
    case nameTaken
    /// It was written by somebody else meanwhile and has this version now.
    case outdated(version: Int)
}

/// A firing of a schedule, and what became of its job.
public struct ScheduleRun: Sendable {
    /// How its job stands.
    public struct Outcome: Sendable {
        /// What it is doing, or came to.
        public var state: JobState
        /// How often it has been tried.
        public var attempt: Int
        /// When its present or last attempt began.
        public var startedAt: Date?
        /// When it ended.
        public var finishedAt: Date?
        /// The error of its last failed attempt.
        public var error: String?
    }

    /// The instant it fired for.
    public var instant: Date
    /// When it did.
    public var firedAt: Date
    /// The job that it made.
    public var job: JobID
    /// Nil when the job is not kept any more.
    public var outcome: Outcome?

    /// Reads a row of `list_firings.sql`.
    init(row: PostgresRow) throws {
        instant = try row.decode("fire_at", as: Date.self)
        firedAt = try row.decode("fired_at", as: Date.self)
        job = JobID(try row.decode("job_id", as: UUID.self))
        guard try row.decode("state", as: String?.self) != nil else { return }
        outcome = Outcome(
            state: try row.decode("state", as: JobState.self),
            attempt: Int(try row.decode("attempt", as: Int32.self)),
            startedAt: try row.decode("started_at", as: Date?.self),
            finishedAt: try row.decode("finished_at", as: Date?.self),
            error: try row.decode("error", as: String?.self)
        )
    }
}

extension Schedule {
    /// Reads a row of a statement that gives schedules.
    init(row: PostgresRow) throws {
        self.init(
            id: ScheduleID(try row.decode("id", as: UUID.self)),
            tenant: TenantName(validated: try row.decode("tenant", as: String.self)),
            definition: ScheduleDefinition(
                name: ScheduleName(validated: try row.decode("name", as: String.self)),
                cron: try row.decode("cron", as: String.self),
                timeZone: try row.decode("timezone", as: String?.self),
                missedRuns: try row.decode("missed_runs", as: MissedRunPolicy.self),
                overlap: try row.decode("overlap", as: OverlapPolicy.self),
                job: try JobTemplate(row: row)
            ),
            isPaused: try row.decode("paused", as: Bool.self),
            settledAt: try row.decode("settled_at", as: Date.self),
            nextAt: try row.decode("next_at", as: Date?.self),
            waitingAt: try row.decode("waiting_at", as: Date?.self),
            lastAt: try row.decode("last_at", as: Date?.self),
            lastJob: try row.decode("last_job_id", as: UUID?.self).map(JobID.init),
            createdAt: try row.decode("created_at", as: Date.self),
            updatedAt: try row.decode("updated_at", as: Date.self),
            version: Int(try row.decode("version", as: Int32.self)),
            skipped: Int(try row.decode("skipped", as: Int64.self)),
            skippedAt: try row.decode("skipped_at", as: Date?.self),
            skippedReason: try row.decode("skipped_reason", as: String?.self)
        )
    }
}

extension JobTemplate {
    fileprivate init(row: PostgresRow) throws {
        self.init(
            type: JobType(validated: try row.decode("type", as: String.self)),
            queue: QueueName(validated: try row.decode("queue", as: String.self)),
            priority: try row.decode("priority", as: Priority.self),
            payload: try row.decode("payload", as: PostgresJSON.self).bytes,
            maxAttempts: Int(try row.decode("max_attempts", as: Int32.self)),
            retry: try row.decode("retry", as: PostgresJSON?.self).map { try RetryPolicy(json: $0) },
            timeout: try row.decode("timeout_ms", as: Int64?.self).map { .milliseconds($0) },
            tags: try row.decode("tags", as: [String].self)
        )
    }
}
