public import Foundation
public import JobCore
public import Postgres

/// Keeps the dead letters.
public struct DeadLetterStore: Sendable {
    /// The most dead letters that one transaction replays or deletes.
    public static let maxBatch = 1_000

    private let pool: PostgresPool
    private let reading: PostgresPool
    private let limits: UsualLimits

    /// A store on a pool of connections, and one for reading.
    ///
    /// - Parameter limits: What tenants without limits of their own may have.
    public init(pool: PostgresPool, reading: PostgresPool, limits: UsualLimits = UsualLimits()) {
        self.pool = pool
        self.reading = reading
        self.limits = limits
    }

    /// A page of dead letters, the latest death first.
    ///
    /// - Parameters:
    ///   - cursor: Where the page before ended; nil for the first page.
    ///   - budget: How many may be looked at.
    public func letters(
        matching filter: DeadLetterFilter,
        after cursor: DeadLetterCursor?,
        limit: Int,
        budget: Int = WalkedPage<DeadLetter>.budget
    ) async throws -> WalkedPage<DeadLetter> {
        let rows = try await walk(Statements.listDeadLetters, filter, after: cursor, budget: budget, limit: limit + 1)
        return try WalkedPage(rows, limit: limit, budget: budget, DeadLetter.init(row:))
    }

    /// Dead letters by their cause, the most frequent first.
    ///
    /// - Parameter budget: How many of those that an index leads to may be looked at: the ones that died last.
    /// - Returns: The causes, and whether all dead letters were looked at.
    public func groups(
        matching filter: DeadLetterFilter,
        limit: Int,
        budget: Int = WalkedPage<DeadLetter>.budget
    ) async throws -> (groups: [DeadLetterGroup], isComplete: Bool) {
        let rows = try await walk(Statements.groupDeadLetters, filter, after: nil, budget: budget, limit: limit)
        let examined = try rows.first?.decode("examined", as: Int64.self) ?? 0
        let groups = try rows.filter { try $0.decode("count", as: Int64.self) > 0 }.map { row in
            DeadLetterGroup(
                fingerprint: try row.decode("fingerprint", as: String.self),
                count: try row.decode("count", as: Int64.self),
                type: try row.decode("type", as: String.self),
                kind: try row.decode("kind", as: String.self),
                sampleError: try row.decode("error", as: String?.self) ?? "",
                sampleID: JobID(try row.decode("sample_id", as: UUID.self)),
                firstDiedAt: try row.decode("first_died_at", as: Date.self),
                lastDiedAt: try row.decode("last_died_at", as: Date.self)
            )
        }
        return (groups, examined < budget)
    }

    /// Runs a statement that `walk_dead_letters.sql` is a part of.
    private func walk(
        _ statement: PostgresStatement,
        _ filter: DeadLetterFilter,
        after cursor: DeadLetterCursor?,
        budget: Int,
        limit: Int
    ) async throws -> PostgresRows {
        let place: [any PostgresEncodable] = [cursor?.diedAt, cursor?.id.uuid, Int32(budget), Int32(limit)]
        let bound = PostgresStatement.Bound(statement, parameters: filter.parameters + place)
        return try await reading.pipeline([Statements.planInOrder.bind(), bound])[1]
    }

    /// The ids of selected dead letters, those that died first coming first.
    public func ids(of selection: DeadLetterSelection, limit: Int) async throws -> [JobID] {
        try await reading.query(Statements.pickDeadLetters, selection, limit).decode(UUID.self).map(JobID.init)
    }

    /// The time by the database's clock, which deaths are dated by.
    public func now() async throws -> Date {
        try await pool.query(Statements.databaseTime).single(Date.self)
    }

    /// Sends the next selected dead letters round again and puts on record who did it, in one transaction.
    ///
    /// - Parameters:
    ///   - limit: How many; at most ``maxBatch``.
    ///   - pace: When each becomes due; nil queues them all at once.
    /// - Returns: Which there were, and what is to be published of them.
    /// - Throws: ``TenantLimitReached`` or ``QueueFull`` when there is no room for all of them.
    public func replay(
        _ selection: DeadLetterSelection,
        limit: Int,
        pace: ReplayPace?,
        by actor: AuditActor
    ) async throws -> (jobs: JobsByTenant, announcements: [JobAnnouncement]) {
        try await pool.withTransaction { transaction in
            let ids = try await transaction.query(Statements.pickDeadLetters, selection, min(limit, Self.maxBatch))
                .decode(UUID.self)
            guard !ids.isEmpty else { return (JobsByTenant(), []) }
            let rows = try await transaction.query(
                Statements.replayDeadLetters,
                ids,
                pace?.start,
                Int64(pace?.position ?? 0),
                pace.map { 1 / $0.rate },
                nil as String?
            )
            try await JobRoom.check(rows, limits: limits, transaction)
            let entry = AuditEntry(.replay, of: selection, count: rows.count, rate: pace?.rate, by: actor)
            _ = try await transaction.pipeline([entry.statement, Statements.announceTimers.bind()])
            let queued = try rows.filter { try $0.decode("queued", as: Bool.self) }
            return (try JobsByTenant(rows), try queued.map(JobAnnouncement.init(row:)))
        }
    }

    /// Removes the next selected dead letters for ever and puts on record who did it, in one transaction.
    ///
    /// - Parameter limit: How many; at most ``maxBatch``.
    /// - Returns: Which there were.
    public func delete(
        _ selection: DeadLetterSelection,
        limit: Int,
        by actor: AuditActor
    ) async throws -> JobsByTenant {
        try await pool.withTransaction { transaction in
            let ids = try await transaction.query(Statements.pickDeadLetters, selection, min(limit, Self.maxBatch))
                .decode(UUID.self)
            guard !ids.isEmpty else { return JobsByTenant() }
            let states = [JobState.dead.rawValue]
            let removed = try JobsByTenant(
                try await transaction.query(Statements.deleteJobs, ids, nil as String?, states)
            )
            let entry = AuditEntry(.delete, of: selection, count: removed.count, rate: nil, by: actor)
            _ = try await transaction.pipeline([entry.statement])
            return removed
        }
    }
}

extension PostgresSession {
    /// Runs a statement whose first nine parameters are a filter's.
    fileprivate func query(
        _ statement: PostgresStatement,
        _ filter: DeadLetterFilter,
        _ others: any PostgresEncodable...
    ) async throws -> PostgresRows {
        try await pipeline([PostgresStatement.Bound(statement, parameters: filter.parameters + others)])[0]
    }

    /// Runs `pick_dead_letters.sql`.
    fileprivate func query(
        _ statement: PostgresStatement,
        _ selection: DeadLetterSelection,
        _ limit: Int
    ) async throws -> PostgresRows {
        try await query(statement, selection.filter, selection.ids?.map(\.uuid), Int32(limit))
    }
}

/// Dead letters of one cause.
public struct DeadLetterGroup: Hashable, Sendable {
    /// What they have in common; see ``ErrorFingerprint``.
    public var fingerprint: String
    /// How many there are.
    public var count: Int64
    /// Their jobs' type.
    public var type: String
    /// The kind of their last failure.
    public var kind: String
    /// The error of the one that died last.
    public var sampleError: String
    /// The one that died last.
    public var sampleID: JobID
    /// When the first of them died.
    public var firstDiedAt: Date
    /// When the last of them died.
    public var lastDiedAt: Date
}

/// When dead letters that are replayed become due: one after the other, at an even rate.
public struct ReplayPace: Hashable, Sendable {
    /// When the first one of all is due.
    public var start: Date
    /// How many become due in a second.
    public var rate: Double
    /// How many came before.
    public var position: Int

    /// A pace from a time on.
    public init(start: Date, rate: Double, position: Int = 0) {
        self.start = start
        self.rate = rate
        self.position = position
    }
}

extension DeadLetter {
    /// Reads a row of `list_dead_letters.sql`, or of a statement that tells of deaths.
    init(row: PostgresRow) throws {
        let job = JobColumns(row: row)
        self.init(
            id: try job.id,
            tenant: try job.tenant,
            queue: try job.queue,
            type: try job.type,
            priority: try job.priority,
            run: try job.run,
            attempt: try job.attempt,
            maxAttempts: try job.maxAttempts,
            worker: try job.worker,
            createdAt: try job.createdAt,
            diedAt: try row.decode("died_at", as: Date.self),
            reason: try row.decode("reason", as: DeadReason.self),
            kind: try row.decode("kind", as: String.self),
            error: try job.error ?? "",
            fingerprint: try row.decode("fingerprint", as: String.self)
        )
    }
}
