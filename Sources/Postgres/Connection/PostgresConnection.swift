public import Concurrency
public import Logging

/// A connection to a PostgreSQL server.
///
/// Any task may call it; calls are carried out one at a time, in order. All work with libpq happens on a
/// ``DescriptorLoop``, never on the threads of the cooperative pool.
public final class PostgresConnection: GatedSession {
    let core: ConnectionCore
    private let gate = Gate()

    private init(core: ConnectionCore) {
        self.core = core
    }

    /// Connects.
    ///
    /// - Parameters:
    ///   - configuration: Where and how.
    ///   - loop: The thread that serves the connection; `nil` means the shared one.
    ///   - logger: Gets the server's notices at level debug.
    /// - Throws: ``PostgresError`` of kind `cannotConnect`, or `CancellationError`.
    public static func connect(
        _ configuration: PostgresConfiguration,
        on loop: DescriptorLoop? = nil,
        logger: Logger = Logger(label: "postgres")
    ) async throws -> PostgresConnection {
        let loop = try loop ?? .shared()
        let core = ConnectionCore(configuration, loop: loop, logger: logger)
        try await core.connect()
        return PostgresConnection(core: core)
    }

    nonisolated(nonsending) func withTurn<Result>(
        _ body: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result {
        try PostgresTransaction.checkNotInside(core)
        return try await gate.withTurn(body)
    }

    nonisolated(nonsending) func withTurnRegardless<Result>(
        _ body: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result {
        try await gate.withTurn(heedsCancellation: false, body)
    }

    /// Whether the connection has been closed or lost.
    public var isClosed: Bool { status.state == .closed }

    var status: ConnectionStatus { core.status }

    /// Closes the connection, after the statements that were asked for before.
    public func close() async {
        try? await withTurnRegardless { await core.close() }
    }

    /// Cancels what the connection is doing and what was asked for before, and breaks it.
    func abort() async {
        await core.abort()
    }

    /// Starts to receive notifications of a channel; read them from ``notifications``.
    ///
    /// - Parameter channel: The channel's exact name.
    /// - Throws: ``PostgresError``, or `CancellationError`.
    public func listen(_ channel: String) async throws {
        try await withTurn {
            status.isListening = true
            _ = try await core.execute("LISTEN \(quoted(channel))", "listen to \"\(channel)\"")
        }
    }

    /// Stops receiving notifications of a channel.
    ///
    /// - Parameter channel: The channel's exact name.
    /// - Throws: ``PostgresError``, or `CancellationError`.
    public func unlisten(_ channel: String) async throws {
        try await withTurn { _ = try await core.execute("UNLISTEN \(quoted(channel))", "unlisten \"\(channel)\"") }
    }

    /// The notifications of all channels listened to; it ends by throwing when the connection is lost.
    public var notifications: PostgresNotifications { PostgresNotifications(core: core) }

    /// Looks, without asking the server, whether the connection has been closed by it.
    nonisolated(nonsending) func looksAlive() async -> Bool {
        await core.looksAlive()
    }

    /// Makes the connection ready for another user: waits for what is under way and rolls back.
    nonisolated(nonsending) func tidyUp() async {
        try? await withTurnRegardless {
            if status.state != .idle, status.state != .closed { await rollBack() }
        }
    }

    /// Asks the server for a sign of life, within the configured cancellation time-out.
    ///
    /// - Throws: ``PostgresError`` when there is none; the connection is lost then.
    public func ping() async throws {
        try await withTurn { _ = try await core.execute("", "ping", heedsCancellation: false) }
    }
}
