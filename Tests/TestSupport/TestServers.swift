public import LocalServers

/// One PostgreSQL and one Redis server for all tests of this process, started when first asked for.
///
/// They die with the process however it ends, and their temporary directories go with them. A test that kills,
/// freezes or flushes a server starts one of its own: `PostgresServer.start()`, `RedisServer.start()`.
public actor TestServers {
    /// The servers of this process.
    public static let shared = TestServers()

    private var postgresStart: Task<PostgresServer, any Error>?
    private var redisStart: Task<RedisServer, any Error>?
    private var databases = 0
    /// A hundred tests begin at once and want a database each; more than two at a time only get in each other's way.
    private let creation = Gate(places: 2)
    private var redisDatabases = 0

    private init() {}

    /// The URL of a fresh, empty PostgreSQL database, for the calling test alone.
    ///
    /// - Throws: `LocalServerError` if the server does not start.
    public func database() async throws -> String {
        let server = try await postgres()
        databases += 1
        let name = "test_\(databases)"
        await creation.enter()
        defer { creation.leave() }
        return try await server.createDatabase(named: name)
    }

    /// The URL of an empty Redis database, for the calling test alone. Scripts, `FLUSHALL` and settings are shared.
    ///
    /// - Throws: `LocalServerError` if the server does not start, or all its databases are in use.
    public func redis() async throws -> String {
        let server = try await redisServer()
        redisDatabases += 1
        guard redisDatabases < RedisServer.databaseCount else {
            throw LocalServerError.probe(
                server: "Redis",
                problem: "all \(RedisServer.databaseCount) databases are in use"
            )
        }
        return server.url(database: redisDatabases)
    }

    /// The shared PostgreSQL server itself.
    ///
    /// - Throws: `LocalServerError` if it does not start.
    public func postgres() async throws -> PostgresServer {
        if let postgresStart { return try await postgresStart.value }
        let start = Task { try await PostgresServer.start() as PostgresServer }
        postgresStart = start
        return try await start.value
    }

    private func redisServer() async throws -> RedisServer {
        if let redisStart { return try await redisStart.value }
        let start = Task { try await RedisServer.start() as RedisServer }
        redisStart = start
        return try await start.value
    }
}
