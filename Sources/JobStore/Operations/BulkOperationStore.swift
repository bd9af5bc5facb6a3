import Concurrency
import Formats
import Foundation
public import JobCore
import Postgres

/// Keeps the operations: what is to be done to many jobs.
public struct BulkOperationStore: Sendable {
    /// The channel on which it is told, by its id, that an operation was made or has changed.
    public static let channel = "qf_operations"
    /// How many operations of one tenant's accounts may go on at once.
    public static let mostOfTenant = 20
    /// How many jobs may be named.
    public static let mostNamed = 10_000
    /// How many jobs are counted before an operation begins.
    public static let mostCounted = 10_000

    let pool: PostgresPool
    let reading: PostgresPool
    let jobs: JobReader
    let limits: UsualLimits
    let mostInBatch: Int

    /// A store on a pool of connections, and one for reading.
    ///
    /// - Parameter mostInBatch: How many jobs one batch changes.
    init(pool: PostgresPool, reading: PostgresPool, limits: UsualLimits, mostInBatch: Int = 500) {
        self.mostInBatch = mostInBatch
        self.pool = pool
        self.reading = reading
        jobs = JobReader(pool: GuardedPool(reading))
        self.limits = limits
    }

    /// Puts an operation on record, which a scheduler begins with at once.
    ///
    /// - Parameter matched: How many jobs are meant, where that is known.
    /// - Throws: ``TooManyOperations``; ``TenantClosed``.
    public func create(
        _ new: NewBulkOperation,
        matched: Int?,
        by actor: AuditActor
    ) async throws -> BulkOperation {
        try await pool.withTransaction { transaction in
            // Locked, so that of two that come at once the second counts the first.
            _ = try await TenantRoom(locking: actor.tenant, usual: limits.ofTenant, transaction)
            let under = try await transaction.query(Statements.countOperations, actor.tenant.rawValue).single(
                Int64.self
            )
            guard under < Self.mostOfTenant else { throw TooManyOperations() }
            let made = try await transaction.query(
                Statements.insertOperation,
                BulkOperationID.make().uuid,
                new.selection.tenant?.rawValue,
                new.kind.rawValue,
                actor.name,
                actor.tenant.rawValue,
                new.selection.filter.map { PostgresJSON(bytes: $0.json) },
                new.selection.ids?.map(\.uuid),
                new.patch.map { PostgresJSON(bytes: $0) },
                new.limit.map(Int64.init),
                new.rate,
                matched.map(Int64.init)
            )
            guard let row = made.first else { throw NoRow() }
            let operation = try BulkOperation(row: row)
            let entry = AuditEntry(.createOperation, target: operation.id.description, by: actor) { details in
                details.member("kind", new.kind.rawValue)
                if let tenant = operation.tenant { details.member("tenant", tenant) }
                if let filter = operation.filter { details.member("filter", raw: filter) }
                if let ids = new.selection.ids { details.member("ids", ids.map(\.description)) }
                if let limit = new.limit { details.member("limit", limit) }
                if let rate = new.rate { details.member("rate", rate) }
                details.member("changes_payloads", new.patch != nil)
            }
            _ = try await transaction.pipeline([entry.statement])
            return operation
        }
    }

    /// One operation; nil when there is none, or none of that tenant.
    ///
    /// - Parameter tenant: Whose it must be; nil means anybody's.
    public func operation(_ id: BulkOperationID, of tenant: TenantName?) async throws -> BulkOperation? {
        try await reading.query(Statements.findOperation, id.uuid, tenant?.rawValue).first.map(BulkOperation.init(row:))
    }

    /// A page of operations, the newest first.
    ///
    /// - Parameters:
    ///   - tenant: Whose; nil means everybody's.
    ///   - state: Only those that stand so; nil means all.
    ///   - cursor: The last one of the page before; nil for the first page.
    public func operations(
        of tenant: TenantName?,
        _ state: BulkOperation.State?,
        after cursor: BulkOperationID?,
        limit: Int
    ) async throws -> [BulkOperation] {
        try await reading.query(
            Statements.listOperations,
            cursor?.uuid,
            tenant?.rawValue,
            state?.rawValue,
            Int32(limit)
        ).map(BulkOperation.init(row:))
    }

    /// Stops an operation that has not ended. What it has done stays; a batch that is under way is undone.
    ///
    /// - Returns: The operation as it is then; nil when there is none.
    public func stop(
        _ id: BulkOperationID,
        of tenant: TenantName?,
        by actor: AuditActor
    ) async throws -> BulkOperation? {
        try await pool.withTransaction { transaction in
            let stopped = try await transaction.query(Statements.stopOperation, id.uuid, tenant?.rawValue).first
            if let stopped {
                let counts = try BatchCounts(row: stopped)
                let entry = AuditEntry(.stopOperation, target: id.description, by: actor) { counts.write(to: &$0) }
                _ = try await transaction.pipeline([entry.statement])
            }
            return try await transaction.query(Statements.findOperation, id.uuid, tenant?.rawValue).first
                .map(BulkOperation.init(row:))
        }
    }

    /// Which jobs an operation would be meant for now.
    ///
    /// - Returns: How many there are, whether that is all, and the first of them. No more than ``mostCounted`` are counted, nor is it looked
    ///   for them for long.
    public func preview(
        _ selection: BulkOperationSelection,
        _ kind: BulkOperation.Kind,
        examples: Int
    ) async throws -> (matched: Int, isExact: Bool, examples: [JobID]) {
        guard var filter = selection.filter?.value else {
            let ids = selection.ids ?? []
            return (ids.count, true, Array(ids.prefix(examples)))
        }
        filter.tenant = selection.tenant
        filter.states = filter.states(for: kind)
        let (matched, isExact) = try await jobs.count(filter, limit: Self.mostCounted, budget: Self.previewBudget)
        guard matched > 0 else { return (0, isExact, []) }
        let first = try await jobs.scan(filter, limit: examples, contents: .omitted, budget: Self.exampleBudget)
        return (matched, isExact, first.jobs.map(\.id))
    }

    /// How much work it may be to count what an operation is meant for, and to find some of it: together no more than any other call.
    private static let (previewBudget, exampleBudget) = (
        ScanBudget(rows: 100_000, bytes: 8 << 20, time: .milliseconds(25)),
        ScanBudget(rows: 20_000, bytes: 2 << 20, time: .milliseconds(10))
    )

    /// Removes operations that ended long ago.
    ///
    /// - Returns: How many were removed; fewer than the limit when no more are old enough.
    public func deleteOld(olderThan age: Duration, limit: Int) async throws -> Int {
        Int(
            try await pool.query(Statements.deleteOldOperations, age.millisecondsTruncated, Int32(limit))
                .single(Int64.self)
        )
    }
}

/// An operation that somebody asks for.
public struct NewBulkOperation: Sendable {
    /// What is to be done.
    public var kind: BulkOperation.Kind
    /// To which jobs.
    public var selection: BulkOperationSelection
    /// What changes the payloads of those that are retried, as a JSON object (RFC 7396).
    public var patch: [UInt8]?
    /// How many jobs are changed at most.
    public var limit: Int?
    /// How many in a second.
    public var rate: Double?

    /// An operation.
    public init(
        _ kind: BulkOperation.Kind,
        _ selection: BulkOperationSelection,
        patch: [UInt8]? = nil,
        limit: Int? = nil,
        rate: Double? = nil
    ) {
        (self.kind, self.selection, self.patch, self.limit, self.rate) = (kind, selection, patch, limit, rate)
    }
}

/// The jobs that something is to be done with: those that a filter is meant for, or those of certain ids.
public struct BulkOperationSelection: Sendable {
    /// A filter, and the JSON object that it was read from.
    public struct Filter: Sendable {
        /// What it says.
        public var value: JobFilter
        /// As it was sent.
        public var json: [UInt8]

        /// A filter as it was read.
        public init(_ value: JobFilter, json: [UInt8]) {
            (self.value, self.json) = (value, json)
        }
    }

    /// Which they must be; nil when they are named.
    public var filter: Filter?
    /// Which they are; nil when a filter says so.
    public var ids: [JobID]?
    /// Whose they must be; nil means anybody's.
    public var tenant: TenantName?

    /// Those that a filter is meant for.
    public init(_ filter: Filter, of tenant: TenantName?) {
        (self.filter, self.tenant) = (filter, tenant)
    }

    /// Those of certain ids, which come once each.
    public init(_ ids: [JobID], of tenant: TenantName?) {
        (self.ids, self.tenant) = (ids, tenant)
    }
}

/// As many operations of a tenant's accounts go on as may at once.
public struct TooManyOperations: Error, Hashable, CustomStringConvertible {
    /// Says what to do.
    public var description: String {
        "\(BulkOperationStore.mostOfTenant) operations of the tenant go on already; wait for one to end, or stop one"
    }
}

/// What an operation has done so far.
struct BatchCounts {
    var changed: Int
    var skipped: Int

    init(row: PostgresRow) throws {
        changed = Int(try row.decode("changed", as: Int64.self))
        skipped = Int(try row.decode("skipped", as: Int64.self))
    }

    /// Writes both as members.
    func write(to details: inout JSONWriter) {
        details.member("changed", changed)
        details.member("skipped", skipped)
    }
}
