import Foundation
public import JobCore
public import Postgres

/// Keeps what administrators say about queues, and reads how queues stand.
public struct QueueStore: Sendable {
    /// The channel on which job-services hear that something was said about a queue.
    public static let channel = "qf_queues"

    private let pool: PostgresPool
    private let reading: PostgresPool

    /// A store on a pool of connections, and one for reading.
    public init(pool: PostgresPool, reading: PostgresPool) {
        self.pool = pool
        self.reading = reading
    }

    /// A page of queues, by tenant and name.
    ///
    /// - Parameters:
    ///   - tenant: Whose; nil means everybody's.
    ///   - cursor: Only queues after it.
    ///   - limit: The most queues on the page.
    public func queues(of tenant: TenantName?, after cursor: QueueCursor?, limit: Int) async throws -> [QueueStatus] {
        try await reading.query(
            Statements.listQueues,
            tenant?.rawValue,
            cursor?.queue.tenant.rawValue,
            cursor?.queue.queue.rawValue,
            Int32(limit)
        ).map(QueueStatus.init(row:))
    }

    /// How the queues of some tenants stand, the first of each by name, without the ages of their oldest jobs.
    ///
    /// - Parameter limit: The most queues of each tenant.
    public func figures(of tenants: [TenantName], limit: Int) async throws -> [TenantName: [QueueStatus]] {
        guard !tenants.isEmpty else { return [:] }
        let rows = try await reading.query(Statements.queueFigures, tenants.map(\.rawValue), Int32(limit))
        return Dictionary(grouping: try rows.map(QueueStatus.init(row:)), by: \.queue.tenant)
    }

    /// How the queues of all tenants stand, as many of each.
    ///
    /// - Parameter limit: The most queues in all.
    public func figuresOfAll(limit: Int) async throws -> [QueueStatus] {
        try await reading.query(Statements.queueFigures, [String]?.none, Int32(limit)).map(QueueStatus.init(row:))
    }

    /// What was said about a queue, and its figures; nil when it was neither used nor spoken of.
    public func find(_ queue: TenantQueue) async throws -> (configuration: QueueConfiguration, counts: JobCounts)? {
        try await pool.query(Statements.findQueue, queue.tenant.rawValue, queue.queue.rawValue).first.map {
            (try QueueConfiguration(queue, row: $0), try JobCounts(row: $0))
        }
    }

    /// Changes what was said about a queue, be it ever used or not, and puts on record who did. Job-services hear of it at
    /// once.
    ///
    /// - Parameter versions: The versions that may be changed; nil means any.
    /// - Returns: What holds now; nil when the queue has none of the versions, and nothing was changed.
    public func change(
        _ queue: TenantQueue,
        _ change: QueueChange,
        ifVersion versions: [Int64]?,
        by actor: AuditActor
    ) async throws -> QueueConfiguration? {
        try await pool.query(
            Statements.changeQueue,
            queue.tenant.rawValue,
            queue.queue.rawValue,
            change.pauses,
            change.setsMaxDepth,
            change.maxDepth,
            versions,
            actor.name,
            actor.tenant.rawValue,
            change.action.rawValue
        ).first.map { try QueueConfiguration(queue, row: $0) }
    }

    /// The queues that are paused.
    public func paused() async throws -> Set<TenantQueue> {
        Set(try await pool.query(Statements.pausedQueues).map(TenantQueue.init(row:)))
    }

    /// The queues that have a limit of their own, with the most jobs that may wait in each.
    public func limits() async throws -> [TenantQueue: Int] {
        var limits: [TenantQueue: Int] = [:]
        for row in try await pool.query(Statements.queueLimits) {
            limits[try TenantQueue(row: row)] = Int(try row.decode("max_depth", as: Int64.self))
        }
        return limits
    }
}

extension QueueChange {
    fileprivate var pauses: Bool? {
        switch self {
        case .pause: true
        case .resume: false
        case .maxDepth: nil
        }
    }

    fileprivate var setsMaxDepth: Bool {
        if case .maxDepth = self { true } else { false }
    }

    fileprivate var maxDepth: Int64? {
        if case .maxDepth(let limit) = self { limit } else { nil }
    }

    fileprivate var action: AuditEntry.Action {
        switch self {
        case .maxDepth: .updateQueue
        case .pause: .pauseQueue
        case .resume: .resumeQueue
        }
    }
}

extension TenantQueue {
    fileprivate init(row: PostgresRow) throws {
        self.init(
            tenant: TenantName(validated: try row.decode("tenant", as: String.self)),
            queue: QueueName(validated: try row.decode("name", as: String.self))
        )
    }
}

extension QueueConfiguration {
    fileprivate init(_ queue: TenantQueue, row: PostgresRow) throws {
        self.init(
            queue: queue,
            isPaused: try row.decode("paused", as: Bool.self),
            maxDepth: try row.decode("max_depth", as: Int64?.self),
            version: try row.decode("version", as: Int64.self),
            updatedAt: try row.decode("updated_at", as: Date?.self)
        )
    }
}

extension QueueStatus {
    /// Reads a row of `list_queues.sql`, `queue_figures.sql` or `figures_of_busiest.sql`.
    init(row: PostgresRow) throws {
        self.init(
            queue: try TenantQueue(row: row),
            isPaused: try row.decode("paused", as: Bool.self),
            maxDepth: try row.decode("max_depth", as: Int64?.self),
            counts: try JobCounts(row: row),
            oldestAgeMilliseconds: try row.decode("oldest_age_ms", as: Int64?.self)
        )
    }
}

/// Where a page of queues ends: they are listed by tenant and name.
public struct QueueCursor: Hashable, Sendable, CustomStringConvertible {
    /// The last queue on the page.
    public var queue: TenantQueue

    /// The cursor after a queue.
    public init(after queue: TenantQueue) {
        self.queue = queue
    }

    /// Reads a cursor's text; nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let tenant = try? TenantName(String(parts[0])),
            let name = try? QueueName(String(parts[1]))
        else { return nil }
        queue = TenantQueue(tenant: tenant, queue: name)
    }

    /// Tenant and name; neither can have the slash between them.
    public var description: String { "\(queue.tenant)/\(queue.queue)" }
}

/// Reads how long queues are, from the counters that submissions and claims keep.
public struct QueueDepths: Sendable {
    private let pool: GuardedPool

    /// Reads through a pool of connections.
    public init(pool: GuardedPool) {
        self.pool = pool
    }

    /// How many jobs of each queue may run and wait for a worker.
    public func read(_ queues: [TenantQueue]) async throws -> [TenantQueue: Int] {
        let rows = try await pool.query(
            Statements.queueDepths,
            queues.map(\.tenant.rawValue),
            queues.map(\.queue.rawValue)
        )
        var depths: [TenantQueue: Int] = [:]
        for row in rows {
            let queue = queues[Int(try row.decode("place", as: Int64.self)) - 1]
            depths[queue] = Int(try row.decode("queued", as: Int64.self))
        }
        return depths
    }
}
