/// The five characters by which PostgreSQL names an error.
///
/// See appendix A, "PostgreSQL Error Codes", of its manual.
public struct SQLState: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The five characters, for example `23505`.
    public let rawValue: String

    /// Makes a state from its five characters.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The first two characters, which name the class.
    public var errorClass: String { String(rawValue.prefix(2)) }

    /// The five characters.
    public var description: String { rawValue }

    /// A statement uses something the server does not support; also a cached plan that no longer fits.
    public static let featureNotSupported = SQLState(rawValue: "0A000")
    /// A value is too large for its type.
    public static let numericValueOutOfRange = SQLState(rawValue: "22003")
    /// Bytes that are not text in the database's encoding.
    public static let characterNotInRepertoire = SQLState(rawValue: "22021")
    /// A null where the column forbids it.
    public static let notNullViolation = SQLState(rawValue: "23502")
    /// A reference to a row that does not exist.
    public static let foreignKeyViolation = SQLState(rawValue: "23503")
    /// A second row with the same unique key.
    public static let uniqueViolation = SQLState(rawValue: "23505")
    /// A row that breaks a check constraint.
    public static let checkViolation = SQLState(rawValue: "23514")
    /// A statement sent after another one of its transaction has failed.
    public static let inFailedTransaction = SQLState(rawValue: "25P02")
    /// A prepared statement that the server does not have.
    public static let invalidStatementName = SQLState(rawValue: "26000")
    /// The user or the password is wrong.
    public static let invalidPassword = SQLState(rawValue: "28P01")
    /// The database does not exist.
    public static let invalidCatalogName = SQLState(rawValue: "3D000")
    /// Concurrent transactions cannot both commit.
    public static let serializationFailure = SQLState(rawValue: "40001")
    /// Transactions wait for each other.
    public static let deadlockDetected = SQLState(rawValue: "40P01")
    /// SQL that does not parse.
    public static let syntaxError = SQLState(rawValue: "42601")
    /// A table of this name exists.
    public static let duplicateTable = SQLState(rawValue: "42P07")
    /// A table that does not exist.
    public static let undefinedTable = SQLState(rawValue: "42P01")
    /// The server has no connection left to give.
    public static let tooManyConnections = SQLState(rawValue: "53300")
    /// A lock that was asked for without waiting is held by another.
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    /// The statement was cancelled, or ran into `statement_timeout`.
    public static let queryCanceled = SQLState(rawValue: "57014")
    /// The server is shutting down or an administrator ended the connection.
    public static let adminShutdown = SQLState(rawValue: "57P01")
    /// Another server process crashed.
    public static let crashShutdown = SQLState(rawValue: "57P02")
    /// The server is starting up or shutting down.
    public static let cannotConnectNow = SQLState(rawValue: "57P03")
}
