extension PostgresError {
    /// The sort of a failure; more may come in later versions.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        private enum Case: String {
            case server, connectionLost, connectionClosed, cannotConnect, commitOutcomeUnknown, transactionAborted
            case acquireTimedOut, poolExhausted, poolClosed
            case encoding, decoding, configuration, usage, migration, notificationsLost
        }

        private let value: Case

        /// The server refused a statement; ``PostgresError/sqlState`` says why.
        public static let server = Kind(value: .server)
        /// The connection broke while it was in use.
        public static let connectionLost = Kind(value: .connectionLost)
        /// The connection had been closed or lost before.
        public static let connectionClosed = Kind(value: .connectionClosed)
        /// No connection could be made.
        public static let cannotConnect = Kind(value: .cannotConnect)
        /// The connection broke during `COMMIT`, so nobody knows whether the transaction took effect.
        public static let commitOutcomeUnknown = Kind(value: .commitOutcomeUnknown)
        /// A transaction whose statement had failed was to be committed; it was rolled back.
        public static let transactionAborted = Kind(value: .transactionAborted)
        /// No pooled connection came free in time.
        public static let acquireTimedOut = Kind(value: .acquireTimedOut)
        /// Too many callers wait for a pooled connection already.
        public static let poolExhausted = Kind(value: .poolExhausted)
        /// The pool has been shut down.
        public static let poolClosed = Kind(value: .poolClosed)
        /// A value cannot be sent as the type the server expects.
        public static let encoding = Kind(value: .encoding)
        /// A value received is not what the caller asked for.
        public static let decoding = Kind(value: .decoding)
        /// A setting is wrong.
        public static let configuration = Kind(value: .configuration)
        /// This library is used in a way that cannot work.
        public static let usage = Kind(value: .usage)
        /// The database's migrations do not fit this program's.
        public static let migration = Kind(value: .migration)
        /// Notifications arrived faster than they were read, and some were dropped.
        public static let notificationsLost = Kind(value: .notificationsLost)

        /// The case's name.
        public var description: String { value.rawValue }
    }
}
