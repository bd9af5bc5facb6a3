public import Concurrency
public import Logging
public import ServiceLifecycle
import Synchronization

/// One connection to Redis, shared by any number of callers.
///
/// What callers send while the connection is busy goes out together, and replies are matched to callers in order. While
/// ``run()`` runs, the connection is made anew whenever it breaks; until then commands fail at once with
/// ``RedisError/notConnected(reason:)``. Commands that block on the server (`BLPOP`) or change what replies mean
/// (`SUBSCRIBE`, `MULTI`, `MONITOR`) do not belong on a shared connection.
public final class RedisConnection: Service {
    private let configuration: RedisConfiguration
    private let loop: DescriptorLoop?
    private let logger: Logger
    private let queue: LockedQueue
    private let lastID = Atomic<UInt64>(0)

    /// Prepares a connection; ``run()`` makes it.
    ///
    /// - Parameters:
    ///   - configuration: Where and how to connect.
    ///   - loop: The thread that serves the connection; `nil` means the shared one.
    ///   - logger: Gets lost connections at level warning.
    public init(
        configuration: RedisConfiguration,
        on loop: DescriptorLoop? = nil,
        logger: Logger = Logger(label: "redis")
    ) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        queue = LockedQueue(configuration)
    }

    /// Whether commands are sent at present.
    public var isConnected: Bool { queue.isConnected }

    /// How many commands wait for their replies.
    public var inFlight: Int { queue.inFlight }

    /// Keeps the connection until the service group shuts down or the task is cancelled.
    ///
    /// At a graceful shutdown the commands in flight are still answered, within the command time-out. Run it once.
    ///
    /// - Throws: ``ThreadingError`` when the system refuses a thread.
    public func run() async throws {
        let driver = RedisDriver(configuration, queue: queue, on: try loop ?? .shared(), logger: logger)
        await withGracefulShutdownHandler {
            await driver.run()
        } onGracefulShutdown: {
            driver.stop()
        }
    }

    /// Sends a command and waits for its reply.
    ///
    /// Cancelling the task releases the caller; the command may be carried out nevertheless.
    ///
    /// - Parameter words: The command's name and its arguments.
    /// - Throws: ``RedisError``, or `CancellationError`.
    @discardableResult
    public func send(_ words: [RedisArgument]) async throws -> RedisReply {
        try Task.checkCancellation()
        let bytes = CommandEncoder.encode(words)
        let command = words.first.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        let id = lastID.add(1, ordering: .relaxed).newValue
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                queue.add(bytes, command: command, id: id, waiter: waiter)
                // A cancellation that came before the command was in the queue has found nobody there.
                if Task.isCancelled { queue.abandon(id) }
            }
        } onCancel: {
            queue.abandon(id)
        }
    }

    /// Sends a command and waits for its reply.
    ///
    /// - Parameter words: The command's name and its arguments.
    /// - Throws: ``RedisError``, or `CancellationError`.
    @discardableResult
    public func send(_ words: RedisArgument...) async throws -> RedisReply {
        try await send(words)
    }
}
