/// A SQL statement with parameters `$1`, `$2`..., known by a name.
///
/// Each connection prepares it once, on first use. The text is fixed: what users enter belongs into parameters, never
/// into the text. The name appears in errors and in `pg_prepared_statements`.
public struct PostgresStatement: Sendable, Hashable {
    /// What errors call the statement, for example `claim_jobs`.
    public let name: String
    /// One SQL command.
    public let sql: String

    /// Makes a statement.
    ///
    /// - Parameters:
    ///   - name: What errors call it.
    ///   - sql: One command; its parameters' types are those that the server infers.
    public init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }

    /// Hashes the name alone: different texts rarely share one, and a text may be long.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
    }

    var operation: String { "query \"\(name)\"" }
}

extension PostgresStatement {
    /// A statement together with its parameters, for ``PostgresSession/pipeline(_:)``.
    public struct Bound: Sendable {
        /// The statement.
        public let statement: PostgresStatement
        /// Its parameters, `$1` first.
        public let parameters: [any PostgresEncodable]

        /// Binds parameters to a statement.
        public init(_ statement: PostgresStatement, parameters: [any PostgresEncodable]) {
            self.statement = statement
            self.parameters = parameters
        }
    }

    /// Binds parameters.
    public func bind(_ parameters: any PostgresEncodable...) -> Bound {
        Bound(self, parameters: parameters)
    }
}
