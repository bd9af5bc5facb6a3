import Postgres

extension PostgresRows {
    /// The only value of a statement that gives one row with one column.
    func single<Value: PostgresDecodable>(_ type: Value.Type) throws -> Value {
        guard let row = first else { throw NoRow() }
        return try row.decode(type)
    }
}

/// A statement that always gives a row gave none.
struct NoRow: Error, CustomStringConvertible {
    var description: String { "the database gave no row where there is always one; is the schema another version's?" }
}
