import CLibPQ
import Concurrency
import DequeModule
import Logging
import Synchronization

/// A connection's actor: it runs on a ``DescriptorLoop``, so that every call of libpq is made by one thread.
///
/// The methods that talk to the server must not overlap; a ``Gate`` in front sees to that.
actor ConnectionCore {
    nonisolated let configuration: PostgresConfiguration
    nonisolated let loop: DescriptorLoop
    nonisolated let logger: Logger
    nonisolated let status = ConnectionStatus()
    nonisolated let statements: PreparedStatements
    /// Raised when somebody else than the command under way has read the connection.
    nonisolated let inputSignal: WakeSignal

    /// `nil` once the connection is closed or lost.
    var link: PQConnection?
    var notifications = NotificationQueue()

    init(_ configuration: PostgresConfiguration, loop: DescriptorLoop, logger: Logger) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        statements = PreparedStatements(limit: configuration.preparedStatementLimit)
        inputSignal = loop.makeSignal()
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.unownedExecutor }

    /// Talks to the server and publishes the state in which the connection is left.
    ///
    /// - Parameters:
    ///   - operation: What errors call this.
    ///   - heedsCancellation: Whether cancelling the task cancels the command on the server. If not, the server has
    ///     the configured cancellation time-out to answer.
    ///   - body: Sends a command and receives all of its results.
    /// - Throws: `CancellationError` when the command was cancelled, else ``PostgresError``.
    func converse<Result>(
        _ operation: String,
        heedsCancellation: Bool = true,
        _ body: (isolated ConnectionCore, PQConnection, Exchange) async throws -> Result
    ) async throws -> Result {
        guard let link else { throw Self.closed(operation) }
        if heedsCancellation { try Task.checkCancellation() }
        status.state = .active
        defer { publishState() }
        let exchange = Exchange(
            operation,
            heedsCancellation: heedsCancellation,
            deadline: heedsCancellation ? nil : .now + configuration.cancellationTimeout
        )
        do {
            let result = try await body(self, link, exchange)
            try await settle(exchange)
            return result
        } catch let error as PostgresError {
            try await settle(exchange)
            let wasCancelled = exchange.cancelRequest != nil
            if wasCancelled, error.sqlState == .queryCanceled || error.isConnectionLost { throw CancellationError() }
            throw error
        }
    }

    /// Waits until a cancel request has reached the server, for it must not hit the next command.
    private func settle(_ exchange: Exchange) async throws {
        guard let request = exchange.cancelRequest, link != nil else { return }
        guard let answer = await request.value(until: exchange.deadline, heedsCancellation: false) else {
            throw lose(exchange, "the request to cancel it was not taken in time")
        }
        if let answer { logger.debug("cancel request failed", metadata: ["reason": "\(answer)"]) }
    }

    /// Closes the connection because it cannot be used any more.
    func lose(_ exchange: Exchange, _ message: String) -> PostgresError {
        let error = exchange.failure(
            .connectionLost,
            message,
            hint: "The statement may or may not have taken effect; check that the server runs, then try again."
        )
        drop(error)
        return error
    }

    /// Gives up the link; libpq says goodbye to the server if it still can.
    func drop(_ error: PostgresError) {
        link = nil
        status.state = .closed
        notifications.waiters.removeAll().resume(returning: .failure(error))
        notifications.watcher?.cancel()
    }

    /// Says goodbye to the server.
    func close() {
        drop(Self.closed("wait for notifications"))
    }

    /// Breaks the connection under a conversation, which ends with an error thereby.
    func abort() {
        guard let link else { return }
        if status.state == .active { link.shutDown() } else { close() }
    }

    /// Reads what the server may have sent while the connection was idle, which includes the news of its end.
    func looksAlive() async -> Bool {
        while let link {
            let outcome = await loop.wait(for: link.socket, until: .now, heedsCancellation: false)
            guard case .ready = outcome else { return true }
            guard link.consumeInput(), !link.hasHeardTheEnd else { break }
            takeNotifications(link)
        }
        drop(Self.closed("wait for notifications"))
        return false
    }

    func publishState() {
        guard let link, !link.isBroken else {
            if link != nil { drop(Self.closed("wait for notifications")) }
            return
        }
        status.state =
            switch link.transactionStatus {
            case PQTRANS_IDLE: .idle
            case PQTRANS_INTRANS: .inTransaction
            case PQTRANS_INERROR: .inFailedTransaction
            default: .active
            }
    }

    static func closed(_ operation: String) -> PostgresError {
        PostgresError(
            .connectionClosed,
            operation: operation,
            message: "the connection is closed",
            hint: "Take another one from the pool, or connect again."
        )
    }
}

/// What anybody may know about a connection without asking its thread.
final class ConnectionStatus: Sendable {
    enum State: UInt8, AtomicRepresentable {
        /// Ready, outside a transaction.
        case idle
        /// A statement is under way.
        case active
        /// Ready, inside a transaction.
        case inTransaction
        /// Inside a transaction that can only be rolled back.
        case inFailedTransaction
        /// Closed or lost.
        case closed
    }

    private let atomicState = Atomic<State>(.active)
    private let atomicIsListening = Atomic<Bool>(false)

    var state: State {
        get { atomicState.load(ordering: .acquiring) }
        set { atomicState.store(newValue, ordering: .releasing) }
    }

    /// Whether notifications may arrive.
    var isListening: Bool {
        get { atomicIsListening.load(ordering: .acquiring) }
        set { atomicIsListening.store(newValue, ordering: .releasing) }
    }
}
