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
