/// What went wrong between this program and PostgreSQL.
///
/// It carries what was being done and everything the server said about it. It never holds a password, a
/// parameter's value or a row.
public struct PostgresError: Error, Sendable, Hashable {
    /// The sort of failure.
    public let kind: Kind
    /// What was being done, for example `query "claim_jobs"`.
    public let operation: String
    /// What happened, in words: the server's where it is the server that refused.
    public let message: String
    /// The server's code, when the server refused.
    public let sqlState: SQLState?
    /// The server's second line, which may quote the key that is in the way.
    public let detail: String?
    /// What to do about it.
    public let hint: String?
    /// The constraint that was violated.
    public let constraint: String?
    /// The table concerned.
    public let table: String?
    /// The column concerned.
    public let column: String?
    /// The place in the SQL text, in characters from 1.
    public let position: Int?
    /// The function of the server that raised the error; unlike the message it is never translated.
    let serverFunction: String?

    /// Makes an error; what the server did not say stays `nil`.
    public init(
        _ kind: Kind,
        operation: String,
        message: String,
        sqlState: SQLState? = nil,
        detail: String? = nil,
        hint: String? = nil,
        constraint: String? = nil,
        table: String? = nil,
        column: String? = nil,
        position: Int? = nil
    ) {
        self.init(
            kind,
            operation,
            message,
            sqlState,
            detail,
            hint,
            constraint,
            table,
            column,
            position,
            serverFunction: nil
        )
    }

    init(
        _ kind: Kind,
        _ operation: String,
        _ message: String,
        _ sqlState: SQLState?,
        _ detail: String?,
        _ hint: String?,
        _ constraint: String?,
        _ table: String?,
        _ column: String?,
        _ position: Int?,
        serverFunction: String?
    ) {
        self.kind = kind
        self.operation = operation
        self.message = message
        self.sqlState = sqlState
        self.detail = detail
        self.hint = hint
        self.constraint = constraint
        self.table = table
        self.column = column
        self.position = position
        self.serverFunction = serverFunction
    }
}

extension PostgresError {
    /// Whether the connection is gone. A statement that was under way may or may not have taken effect.
    public var isConnectionLost: Bool {
        kind == .connectionLost || kind == .connectionClosed || kind == .commitOutcomeUnknown
    }

    /// Whether the same work may succeed when tried again later, as a whole transaction.
    public var isTransient: Bool {
        switch kind {
        case .connectionLost, .connectionClosed, .cannotConnect, .acquireTimedOut, .poolExhausted:
            return true
        case .server:
            guard let sqlState else { return false }
            switch sqlState {
            case .serializationFailure, .deadlockDetected, .lockNotAvailable: return true
            case .adminShutdown, .crashShutdown, .cannotConnectNow: return true
            default: return sqlState.errorClass == "08" || sqlState.errorClass == "53"
            }
        default:
            return false
        }
    }

    /// Whether a row with the same unique key exists already.
    public var isUniqueViolation: Bool { sqlState == .uniqueViolation }

    /// Whether the server refused because a statement's plan was made for a table that has changed since, or
    /// because it has forgotten the statement (`DISCARD ALL`, a connection pooler).
    var isStaleStatement: Bool {
        switch sqlState {
        case .invalidStatementName: true
        case .featureNotSupported: serverFunction == "RevalidateCachedQuery"
        default: false
        }
    }
}

extension PostgresError: CustomStringConvertible {
    /// Everything known, ending with what to do about it.
    public var description: String {
        var text = "PostgreSQL, \(operation): \(message)"
        if let sqlState { text += " [\(sqlState)]" }
        if let constraint { text += " (constraint \(constraint))" }
        if let position { text += " at character \(position)" }
        if let last = text.last, !".?!".contains(last) { text += "." }
        if let detail { text += " \(detail)" }
        if let hint { text += " \(hint)" }
        return text
    }
}
