import Concurrency
import DequeModule

/// The notifications that reach a connection.
public struct PostgresNotifications: AsyncSequence, Sendable {
    /// A notification.
    public typealias Element = PostgresNotification

    let core: ConnectionCore

    /// Starts reading.
    public func makeAsyncIterator() -> Iterator {
        Iterator(core: core)
    }

    /// Reads one notification after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let core: ConnectionCore

        /// Waits for the next notification.
        ///
        /// - Throws: `CancellationError`, or ``PostgresError`` when the connection is lost or notifications were
        ///   dropped because they were not read.
        public mutating func next() async throws -> PostgresNotification? {
            try await core.nextNotification()
        }
    }
}

/// A message of `NOTIFY`.
public struct PostgresNotification: Sendable, Hashable {
    /// The channel it was sent to.
    public let channel: String
    /// Its text; empty when none was given.
    public let payload: String
    /// The server process that sent it.
    public let processID: Int32
}

/// Notifications that nobody has read yet, and readers that wait for one.
struct NotificationQueue {
    /// So many are kept for a slow reader.
    static let limit = 65_536

    private var received: Deque<PostgresNotification> = []
    private var hasDropped = false
    /// Readers that wait; an actor guards them, so each puts itself in.
    var waiters = WaiterQueue<Result<PostgresNotification, any Error>>()
    /// Reads the connection while there are waiters.
    var watcher: Task<Void, Never>?

    /// The oldest one.
    ///
    /// - Throws: ``PostgresError`` of kind `notificationsLost`, once, after some have been dropped.
    mutating func next() throws(PostgresError) -> PostgresNotification? {
        if let notification = received.popFirst() { return notification }
        guard hasDropped else { return nil }
        hasDropped = false
        throw PostgresError(
            .notificationsLost,
            operation: "wait for notifications",
            message: "more than \(Self.limit) notifications came before one was read, and some were dropped",
            hint: "Read the state that they announce from its tables, and read notifications faster."
        )
    }

    mutating func add(_ notification: PostgresNotification) {
        if let waiter = waiters.popFirst() {
            waiter.resume(returning: .success(notification))
        } else if received.count < Self.limit {
            received.append(notification)
        } else {
            hasDropped = true
        }
    }
}
