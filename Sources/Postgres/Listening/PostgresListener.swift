public import Concurrency
public import Logging

/// Notifications of some channels, over a connection of its own that is made anew whenever it breaks.
///
/// Each iteration has its own connection, made when the first event is asked for and closed with the iterator. Nothing is
/// read ahead of the caller: a slow one slows the server's queue down, not this program's memory up.
public struct PostgresListener: AsyncSequence, Sendable {
    /// What happened.
    public enum Event: Sendable, Hashable {
        /// Listening has begun, the first time included: what was sent before may have been missed, so the state it
        /// announces has to be read now.
        case reconnected
        /// A notification.
        case notification(PostgresNotification)
    }

    /// An event.
    public typealias Element = Event

    private let configuration: PostgresConfiguration
    private let channels: [String]
    private let loop: DescriptorLoop?
    private let logger: Logger

    /// Makes a listener; it connects when iterated.
    ///
    /// - Parameters:
    ///   - configuration: Where and how to connect.
    ///   - channels: The channels' exact names.
    ///   - loop: The thread that serves the connection; `nil` means the shared one.
    ///   - logger: Gets failures to connect at level warning.
    public init(
        configuration: PostgresConfiguration,
        channels: [String],
        on loop: DescriptorLoop? = nil,
        logger: Logger = Logger(label: "postgres.listener")
    ) {
        self.configuration = configuration
        self.channels = channels
        self.loop = loop
        self.logger = logger
    }

    /// Starts an iteration.
    public func makeAsyncIterator() -> Iterator {
        Iterator(configuration: configuration, channels: channels, loop: loop, logger: logger)
    }

    /// One connection's events, and its successors'.
    public struct Iterator: AsyncIteratorProtocol {
        let configuration: PostgresConfiguration
        let channels: [String]
        let loop: DescriptorLoop?
        let logger: Logger
        private var connection: PostgresConnection?
        private var backoff = Backoff(first: .milliseconds(50), longest: .seconds(2))

        init(configuration: PostgresConfiguration, channels: [String], loop: DescriptorLoop?, logger: Logger) {
            self.configuration = configuration
            self.channels = channels
            self.loop = loop
            self.logger = logger
        }

        /// Waits for the next event, however long the server is away.
        ///
        /// - Returns: `nil` when the task is cancelled.
        public mutating func next() async -> Event? {
            while !Task.isCancelled {
                do {
                    guard let connection else {
                        connection = try await listen()
                        backoff.reset()
                        return .reconnected
                    }
                    return .notification(try await connection.core.nextNotification())
                } catch is CancellationError {
                    break
                } catch let error as PostgresError where error.kind == .notificationsLost {
                    return .reconnected
                } catch {
                    logger.warning("not listening to PostgreSQL", metadata: ["error": "\(error)"])
                    await pause()
                }
            }
            await connection?.close()
            connection = nil
            return nil
        }

        private func listen() async throws -> PostgresConnection {
            let connection = try await PostgresConnection.connect(configuration, on: loop, logger: logger)
            for channel in channels { try await connection.listen(channel) }
            return connection
        }

        private mutating func pause() async {
            let hasJustBroken = connection != nil
            connection = nil
            if hasJustBroken { return }
            try? await Task.sleep(for: backoff.next())
        }
    }
}
