import Foundation
import JobCore
import Postgres

extension PostgresRow {
    /// Reads a column that holds one of an enumeration's names.
    func decode<Value: RawRepresentable<String>>(_ column: String, as type: Value.Type) throws -> Value {
        let text = try decode(column, as: String.self)
        guard let value = Value(rawValue: text) else { throw UnknownNameInColumn(column: column, text: text) }
        return value
    }
}

/// The columns that statements about jobs have in common, by the same names and types.
struct JobColumns {
    let row: PostgresRow

    var id: JobID { get throws { JobID(try row.decode("id", as: UUID.self)) } }
    var tenant: String { get throws { try row.decode("tenant") } }
    var queue: String { get throws { try row.decode("queue") } }
    var type: String { get throws { try row.decode("type") } }
    var priority: Priority { get throws { try row.decode("priority", as: Priority.self) } }
    var state: JobState { get throws { try row.decode("state", as: JobState.self) } }
    var run: Int { get throws { Int(try row.decode("run", as: Int32.self)) } }
    var attempt: Int { get throws { Int(try row.decode("attempt", as: Int32.self)) } }
    var maxAttempts: Int { get throws { Int(try row.decode("max_attempts", as: Int32.self)) } }
    var worker: WorkerID? { get throws { try row.decode("worker_id", as: UUID?.self).map(WorkerID.init) } }
    var error: String? { get throws { try row.decode("error") } }
    var createdAt: Date { get throws { try row.decode("created_at") } }
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
