import Concurrency
public import Logging
public import Postgres

/// A process's connections to PostgreSQL, apart by what must not wait for what: however many readers there are and however long they
/// take, a lease is renewed in time.
public struct DatabasePools: Sendable {
    /// How long a statement that only reads may take.
    public static let readingTimeout = Duration.seconds(10)
    /// How statements are planned that reach few rows by key, whatever the size of the tables was when the plan was made: an empty one
    /// would be read as a whole ever after.
    ///
    /// The settings do not forbid reading a whole index, which looks no dearer than a key while PostgreSQL believes that the table has
    /// no rows, and which an equality of two tables' columns invites: it may be of use in a merge join. So where a statement reaches a
    /// table's rows by those of another, it says `id = any (array[other.id])`, or asks in a subquery that gives one value, or in a
    /// lateral one with a limit; and it says `order by ... limit 1`, not `min`. `StatementPlanTests` looks at the plan of each.
    public static let plannedByKey = [
        "plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_hashjoin": "off",
        "enable_mergejoin": "off", "jit": "off",
    ]
    /// How statements are planned whose parameters decide what is looked at: anew each time.
    private static let plannedAnew = ["plan_cache_mode": "force_custom_plan", "jit": "off"]

    /// For submissions, and whatever else clients change.
    public let requests: PostgresPool
    /// For reading.
    public let reading: PostgresPool
    /// For the workers' exchanges.
    public let exchanges: PostgresPool
    /// For the workers' leases.
    public let leases: PostgresPool

    /// A job-service's pools. Leases have a thread of their own.
    ///
    /// - Parameter connections: How many there may be in all; at least 8.
    public init(_ configuration: PostgresConfiguration, connections: Int, logger: Logger) throws {
        var byKey = configuration
        byKey.sessionSettings = Self.plannedByKey
        var reader = configuration
        reader.sessionSettings = Self.plannedAnew
        reader.statementTimeout = Self.readingTimeout
        let quarter = max(2, connections / 4)
        leases = PostgresPool(
            configuration: byKey,
            size: 1...2,
            on: try DescriptorLoop(name: "leases"),
            logger: logger
        )
        exchanges = PostgresPool(
            configuration: byKey,
            size: 1...quarter,
            on: try DescriptorLoop(name: "exchanges"),
            logger: logger
        )
        reading = PostgresPool(configuration: reader, size: 1...quarter, logger: logger)
        requests = PostgresPool(
            configuration: byKey,
            size: 2...max(2, connections - 2 * quarter - 2),
            on: try DescriptorLoop(name: "requests"),
            logger: logger
        )
    }

    /// One pool for everything, where nothing has to be kept from waiting.
    public init(_ pool: PostgresPool) {
        requests = pool
        reading = pool
        exchanges = pool
        leases = pool
    }

    /// The pools of a job-service, for its service group.
    public var all: [PostgresPool] { [requests, reading, exchanges, leases] }
}
