/// The rows a statement returned.
///
/// The server's bytes stay where libpq put them until a value is asked for; they are freed with the last row that
/// refers to them.
public struct PostgresRows: RandomAccessCollection, Sendable {
    private let result: PQResult
    let operation: String

    init(_ result: PQResult, operation: String) {
        self.result = result
        self.operation = operation
    }

    /// How many rows the command inserted, updated, deleted or returned.
    public var affectedRows: Int { result.affectedRows }

    /// What the server says it did, for example `UPDATE 3`.
    public var commandTag: String { result.commandTag }

    /// The columns' names, in order.
    public var columnNames: [String] { (0..<result.columnCount).map(result.columnName) }

    /// The columns' types, in order.
    public var columnTypes: [PostgresType] { result.columnTypes }

    /// 0.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { result.rowCount }

    /// The row at an index.
    public subscript(index: Int) -> PostgresRow {
        precondition(index >= 0 && index < result.rowCount, "row index out of range")
        return PostgresRow(result, index: index, operation: operation)
    }

    /// Reads all rows as tuples, column by column: `for (id, run) in try rows.decode(UUID.self, Int32.self)`.
    ///
    /// - Returns: One tuple a row; each has a type for each column, an `Optional` where null may come.
    /// - Throws: ``PostgresError`` of kind `decoding`, naming the row, the column and what was expected.
    public func decode<First: PostgresDecodable, Second: PostgresDecodable, each Rest: PostgresDecodable>(
        _ first: First.Type,
        _ second: Second.Type,
        _ rest: repeat (each Rest).Type
    ) throws -> [(First, Second, repeat each Rest)] {
        var tuples: [(First, Second, repeat each Rest)] = []
        tuples.reserveCapacity(count)
        for row in self { tuples.append(try row.decode(first, second, repeat each rest)) }
        return tuples
    }

    /// Reads the only column of all rows.
    ///
    /// - Throws: ``PostgresError`` of kind `decoding`, naming the row, the column and what was expected.
    public func decode<Value: PostgresDecodable>(_ type: Value.Type) throws -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for row in self { values.append(try row.decode(type)) }
        return values
    }
}
