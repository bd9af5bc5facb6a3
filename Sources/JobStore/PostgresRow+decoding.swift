import Postgres

extension PostgresRow {
    /// Reads a column that holds one of an enumeration's names.
    func decode<Value: RawRepresentable<String>>(_ column: String, as type: Value.Type) throws -> Value {
        let text = try decode(column, as: String.self)
        guard let value = Value(rawValue: text) else { throw UnknownNameInColumn(column: column, text: text) }
        return value
    }
}

/// A column holds a name this version does not know, so the database was written by a newer one.
struct UnknownNameInColumn: Error, CustomStringConvertible {
    var column: String
    var text: String

    var description: String {
        "column \(column) holds '\(text)', which this version does not know; run the version that wrote it"
    }
}

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
