public import JobCore
public import Postgres

/// Reads the figures of queues for metrics, on a connection of one's own.
///
/// One session at a time may read them, for as long as its connection lasts: what several processes told of the same queues would be
/// added up.
public struct FigureStore: Sendable {
    private let connection: PostgresConnection

    /// Reads on a connection.
    public init(connection: PostgresConnection) {
        self.connection = connection
    }

    /// Settings by which the server ends a session that is heard of no more, and gives what it held to another one.
    public static let sessionSettings = [
        "idle_session_timeout": "60s", "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3", "jit": "off",
    ]

    /// Whether this session may read them: once it may, it may until its end.
    public func hold() async throws -> Bool {
        try await connection.query(Statements.holdFigures, AdvisoryLock.figures).single(Bool.self)
    }

    /// The figures of all queues together and of some.
    ///
    /// - Parameters:
    ///   - queues: Which queues' are to be among them.
    ///   - busiest: How many of those with most to do are to be among them, too.
    public func read(of queues: [TenantQueue], busiest: Int) async throws -> PlatformFigures {
        let rows = try await connection.query(
            Statements.figuresOfBusiest,
            queues.map(\.tenant.rawValue),
            queues.map(\.queue.rawValue),
            Int32(busiest)
        )
        var figures = PlatformFigures()
        for row in rows {
            let workers = Int(try row.decode("workers", as: Int64.self))
            if try row.decode("tenant", as: String?.self) == nil {
                figures.total = try JobCounts(row: row)
                figures.workers = workers
                figures.pausedQueues = Int(try row.decode("paused_queues", as: Int64.self))
            } else {
                figures.queues.append((try QueueStatus(row: row), workers))
            }
        }
        return figures
    }

    /// How long the oldest job waits of some backlogs that have queued jobs, other than those of queues that are paused or told of.
    ///
    /// - Parameters:
    ///   - told: The queues that are told of.
    ///   - cursor: The backlog after which to begin; nil for the first one.
    ///   - limit: How many backlogs to look at.
    /// - Returns: The age in milliseconds, nil when none waits, and where to go on; nil after the last backlog.
    public func oldest(
        besides told: [TenantQueue],
        after cursor: Backlog?,
        limit: Int
    ) async throws -> (ageMilliseconds: Int64?, next: Backlog?) {
        let rows = try await connection.query(
            Statements.oldestOfOthers,
            cursor?.tenant.rawValue ?? "",
            cursor?.queue.rawValue ?? "",
            (cursor?.priority ?? .critical).rawValue,
            cursor?.type.rawValue ?? "",
            told.map(\.tenant.rawValue),
            told.map(\.queue.rawValue),
            Int32(limit)
        )
        guard let row = rows.first else { return (nil, nil) }
        let isFull = try row.decode("backlogs", as: Int64.self) == limit
        return (try row.decode("oldest_age_ms", as: Int64?.self), isFull ? try Backlog(row: row) : nil)
    }

    /// How many queues and schedules there are. Reads a few tables as a whole.
    public func countWhatIsKept() async throws -> (queues: Int, activeSchedules: Int, pausedSchedules: Int) {
        guard let row = try await connection.query(Statements.countWhatIsKept).first else { throw NoRow() }
        func count(_ column: String) throws -> Int { Int(try row.decode(column, as: Int64.self)) }
        return (try count("queues"), try count("active"), try count("paused"))
    }
}

/// How the queues stand, all together and some by themselves.
public struct PlatformFigures: Sendable {
    /// Of all queues together.
    public var total = JobCounts()
    /// How many workers have a lease.
    public var workers = 0
    /// How many queues are paused.
    public var pausedQueues = 0
    /// Some queues, and how many workers serve each.
    public var queues: [(status: QueueStatus, workers: Int)] = []

    package init() {}
}
