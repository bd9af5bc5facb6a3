public import Concurrency
public import Logging
public import ServiceLifecycle
import Synchronization

/// Connections shared by many callers.
///
/// Callers are served in the order of their coming. Connections are made when needed, checked after a pause and replaced
/// when broken. While the server is down callers are told at once, and one attempt in up to a second finds out when it
/// is back. ``run()`` keeps the minimum of connections and closes the pool in the end; the pool works without it, too.
///
/// The server plans a prepared statement a few times and then goes on with one plan, made for tables of the size they had then. Where
/// that matters, ``PostgresConfiguration/sessionSettings`` says how it is to plan.
public final class PostgresPool: Service {
    typealias Waiter = CheckedContinuation<Rested<PostgresConnection>, any Error>
    typealias State = PoolState<PostgresConnection, Waiter>

    /// After this a connection is looked at before it is lent: long enough to cost nothing under load.
    static let restBeforeLook: Duration = .seconds(1)

    let configuration: PostgresConfiguration
    let acquireTimeout: Duration
    let idleTimeout: Duration
    let healthCheckInterval: Duration
    let drainTimeout: Duration
    let logger: Logger
    private let loop: DescriptorLoop?

    let state: Mutex<State>
    let lastWaiterID = Atomic<UInt64>(0)
    let isTimerRunning = Atomic<Bool>(false)
    let attempts = TaskBag()
    let busy = BusyConnections()

    /// Makes a pool; no connection is made yet.
    ///
    /// - Parameters:
    ///   - configuration: Where and how to connect.
    ///   - size: How many connections are kept while ``run()`` runs, and how many there may be.
    ///   - acquireTimeout: How long a caller may wait for a connection.
    ///   - maximumWaiting: How many callers may wait; the next is refused.
    ///   - idleTimeout: After how long an idle connection above the minimum is closed.
    ///   - healthCheckInterval: After how long an idle connection is asked for a sign of life.
    ///   - drainTimeout: How long closing waits for connections that are lent; then it breaks them.
    ///   - loop: The thread that serves the connections; `nil` means the shared one.
    ///   - logger: Gets what the pool does at level debug, and connections lost at level warning.
    public init(
        configuration: PostgresConfiguration,
        size: ClosedRange<Int> = 1...10,
        acquireTimeout: Duration = .seconds(5),
        maximumWaiting: Int = 10_000,
        idleTimeout: Duration = .seconds(600),
        healthCheckInterval: Duration = .seconds(120),
        drainTimeout: Duration = .seconds(10),
        on loop: DescriptorLoop? = nil,
        logger: Logger = Logger(label: "postgres.pool")
    ) {
        self.configuration = configuration
        self.acquireTimeout = acquireTimeout
        self.idleTimeout = idleTimeout
        self.healthCheckInterval = healthCheckInterval
        self.drainTimeout = drainTimeout
        self.loop = loop
        self.logger = logger
        let lowest = max(0, size.lowerBound)
        state = Mutex(PoolState(size: lowest...max(1, lowest, size.upperBound), maximumWaiting: maximumWaiting))
    }

    /// Runs tasks on the thread that serves the connections, where using them changes no threads; nil when that thread is shared with
    /// others, whom such tasks would hold up.
    public var executor: (any TaskExecutor)? { loop }

    /// How many connections there may be.
    public var size: Int { metrics.maximum }

    /// The pool at this moment.
    public var metrics: PostgresPoolMetrics {
        state.withLock { state in
            PostgresPoolMetrics(
                idle: state.idle.count,
                busy: state.busyCount,
                connecting: state.connectingCount,
                waiting: state.waiting.count,
                maximum: state.size.upperBound
            )
        }
    }

    /// Lends a connection to `body`, which runs in the caller's isolation and must not keep it.
    ///
    /// Session settings that `body` makes stay with the connection; a transaction left open is rolled back; a connection
    /// that listens is closed.
    ///
    /// - Throws: What `body` throws; ``PostgresError`` when there is no connection in time or the server is down;
    ///   `CancellationError` when the task is cancelled while it waits.
    @discardableResult
    public nonisolated(nonsending) func withConnection<Result>(
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await acquire()
        do {
            let result = try await body(connection)
            await giveBack(connection)
            return result
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// Runs `body` inside a transaction; see ``PostgresConnection/transaction(isolation:isReadOnly:_:)``.
    ///
    /// - Throws: As ``withConnection(_:)`` and the transaction do.
    @discardableResult
    public nonisolated(nonsending) func withTransaction<Result>(
        isolation: PostgresIsolation? = nil,
        isReadOnly: Bool = false,
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        try await withConnection { connection in
            try await connection.transaction(isolation: isolation, isReadOnly: isReadOnly, body)
        }
    }

    /// Makes a connection, in a task that only the end of the pool cancels.
    func connect() async throws(PostgresError) -> PostgresConnection {
        do {
            return try await PostgresConnection.connect(configuration, on: loop, logger: logger)
        } catch let error as PostgresError {
            throw error
        } catch is CancellationError {
            throw .poolClosed
        } catch {
            throw PostgresError(.cannotConnect, operation: "connect to \(configuration)", message: "\(error)")
        }
    }
}

/// A pool at one moment.
public struct PostgresPoolMetrics: Sendable, Hashable, CustomStringConvertible {
    /// Connections that wait for work.
    public let idle: Int
    /// Connections that are lent.
    public let busy: Int
    /// Connections that are being made.
    public let connecting: Int
    /// Callers that wait for a connection.
    public let waiting: Int
    /// How many connections there may be.
    public let maximum: Int

    /// The figures, for an error or a log.
    public var description: String {
        "\(busy) of \(maximum) busy, \(idle) idle, \(connecting) connecting, \(waiting) callers waiting"
    }
}
