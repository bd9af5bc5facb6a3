import Concurrency
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
        // Of what is written here nothing is missed that a crash took: the next look writes it again.
        "synchronous_commit": "off",
    ]

    /// Whether this session may read them: once it may, it may until its end.
    public func hold() async throws -> Bool {
        try await connection.query(Statements.holdFigures, AdvisoryLock.figures).single(Bool.self)
    }

    /// Looks at the figures, and notes that somebody does; in one round trip.
    ///
    /// - Parameters:
    ///   - queues: Which queues' figures are to be told by themselves.
    ///   - busiest: How many of those with most to do are to be among them, too.
    ///   - cursor: After which backlog it is looked for the oldest job of other queues, which are not paused; nil for the first one.
    ///   - limit: At how many backlogs is looked.
    ///   - oldest: How long the oldest job of all waits, as it was found before; nil when none does.
    public func look(
        at queues: [TenantQueue],
        busiest: Int,
        after cursor: Backlog?,
        limit: Int,
        oldest: Duration? = nil
    ) async throws -> FigureLook {
        let results = try await connection.pipeline([
            Statements.figuresOfBusiest.bind(
                queues.map(\.tenant.rawValue),
                queues.map(\.queue.rawValue),
                Int32(busiest)
            ),
            Self.oldest(besides: queues, after: cursor, limit: limit),
            Statements.keepFigures.bind(oldest?.millisecondsTruncated),
        ])
        guard let keeping = results[2].first else { throw NoRow() }
        return FigureLook(
            figures: try PlatformFigures(results[0]),
            oldest: try OldestOfBacklogs(results[1], limit: limit),
            isMinuteDue: try keeping.decode("is_due", as: Bool.self),
            leftOfMinute: .seconds(try keeping.decode("seconds_left", as: Double.self))
        )
    }

    /// How long the oldest job waits of some backlogs that have queued jobs, other than those of queues that are paused or told of.
    ///
    /// - Parameters:
    ///   - told: The queues that are told of.
    ///   - cursor: The backlog after which to begin; nil for the first one.
    ///   - limit: How many backlogs to look at.
    public func oldest(besides told: [TenantQueue], after cursor: Backlog?, limit: Int) async throws -> OldestOfBacklogs
    {
        let results = try await connection.pipeline([Self.oldest(besides: told, after: cursor, limit: limit)])
        return try OldestOfBacklogs(results[0], limit: limit)
    }

    private static func oldest(
        besides told: [TenantQueue],
        after cursor: Backlog?,
        limit: Int
    ) -> PostgresStatement.Bound {
        Statements.oldestOfOthers.bind(
            cursor?.tenant.rawValue ?? "",
            cursor?.queue.rawValue ?? "",
            (cursor?.priority ?? .critical).rawValue,
            cursor?.type.rawValue ?? "",
            told.map(\.tenant.rawValue),
            told.map(\.queue.rawValue),
            Int32(limit)
        )
    }

    /// How many tenants' and how many queues' rows are written for a minute.
    static let (tenantsOfMinute, queuesOfMinute): (Int32, Int32) = (500, 200)
    /// How many old rows are removed with each minute: more than one brings.
    private static let removedMinutes: Int32 = 5_000

    /// Writes what the minute that has passed came to, unless that was done before, and removes old ones.
    public func closeMinute() async throws {
        _ = try await connection.pipeline([
            Statements.closeMinute.bind(Self.tenantsOfMinute, Self.queuesOfMinute),
            Statements.deleteOldMinutes.bind(Self.removedMinutes),
        ])
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

    /// Reads the rows of `figures_of_busiest.sql`.
    fileprivate init(_ rows: PostgresRows) throws {
        for row in rows {
            let workers = Int(try row.decode("workers", as: Int64.self))
            if try row.decode("tenant", as: String?.self) == nil {
                total = try JobCounts(row: row)
                self.workers = workers
                pausedQueues = Int(try row.decode("paused_queues", as: Int64.self))
            } else {
                queues.append((try QueueStatus(row: row), workers))
            }
        }
    }
}

/// One look at the figures.
public struct FigureLook: Sendable {
    /// How the queues stand.
    public var figures: PlatformFigures
    /// How long the oldest job waits of some backlogs of other queues.
    public var oldest: OldestOfBacklogs
    /// Whether a minute has passed that is not on record.
    public var isMinuteDue: Bool
    /// How much is left of the present one.
    public var leftOfMinute: Duration
}

/// How long the oldest job waits of some backlogs.
public struct OldestOfBacklogs: Sendable {
    /// How long, in milliseconds; nil when none waits.
    public var ageMilliseconds: Int64?
    /// The last of them, after which to go on; nil when there are no more.
    public var next: Backlog?

    /// Reads the rows of `oldest_of_others.sql`.
    fileprivate init(_ rows: PostgresRows, limit: Int) throws {
        guard let row = rows.first else { return }
        ageMilliseconds = try row.decode("oldest_age_ms", as: Int64?.self)
        next = try row.decode("backlogs", as: Int64.self) == limit ? try Backlog(row: row) : nil
    }
}
