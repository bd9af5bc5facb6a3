/// One row of a statement's result.
public struct PostgresRow: Sendable {
    private let result: PQResult
    private let index: Int
    private let operation: String

    init(_ result: PQResult, index: Int, operation: String) {
        self.result = result
        self.index = index
        self.operation = operation
    }

    /// Reads the column of this name.
    ///
    /// - Parameters:
    ///   - name: The column's exact name.
    ///   - type: What to read it as; an `Optional` where null may come.
    /// - Throws: ``PostgresError`` of kind `decoding`, naming the row, the column and what was expected.
    public func decode<Value: PostgresDecodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        guard let column = result.column(named: name) else {
            let names = (0..<result.columnCount).map(result.columnName).joined(separator: ", ")
            throw failure("there is no column \"\(name)\" among \(names)", column: name)
        }
        return try decode(column, as: type)
    }

    /// Reads the column at a position, counted from 0.
    ///
    /// - Parameters:
    ///   - column: The position.
    ///   - type: What to read it as; an `Optional` where null may come.
    /// - Throws: ``PostgresError`` of kind `decoding`, naming the row, the column and what was expected.
    public func decode<Value: PostgresDecodable>(_ column: Int, as type: Value.Type = Value.self) throws -> Value {
        guard column >= 0, column < result.columnCount else {
            throw failure("there is no column \(column); the row has \(result.columnCount)", column: nil)
        }
        do throws(PostgresValueError) {
            return try result.decode(row: index, column: column, as: type)
        } catch {
            let name = result.columnName(column)
            throw failure("column \"\(name)\" of row \(index) \(error)", column: name)
        }
    }

    /// Reads the whole row as a tuple.
    ///
    /// - Returns: A value for each column; give an `Optional` type where null may come.
    /// - Throws: ``PostgresError`` of kind `decoding`, naming the row, the column and what was expected.
    public func decode<First: PostgresDecodable, Second: PostgresDecodable, each Rest: PostgresDecodable>(
        _ first: First.Type,
        _ second: Second.Type,
        _ rest: repeat (each Rest).Type
    ) throws -> (First, Second, repeat each Rest) {
        var wanted = 2
        for _ in repeat each rest { wanted += 1 }
        try checkColumnCount(wanted)
        var column = -1
        func next<Next: PostgresDecodable>(_ type: Next.Type) throws -> Next {
            column += 1
            return try decode(column, as: type)
        }
        return (try next(first), try next(second), repeat try next(each rest))
    }

    /// Reads the row's only column.
    ///
    /// - Throws: ``PostgresError`` of kind `decoding`, naming the row, the column and what was expected.
    public func decode<Value: PostgresDecodable>(_ type: Value.Type) throws -> Value {
        try checkColumnCount(1)
        return try decode(0, as: type)
    }

    /// Whether the column at a position, counted from 0, is null.
    public func isNull(_ column: Int) -> Bool {
        precondition(column >= 0 && column < result.columnCount, "column out of range")
        return result.isNull(row: index, column: column)
    }

    private func checkColumnCount(_ wanted: Int) throws(PostgresError) {
        guard wanted == result.columnCount else {
            throw failure("the row has \(result.columnCount) columns, but \(wanted) were asked for", column: nil)
        }
    }

    private func failure(_ message: String, column: String?) -> PostgresError {
        PostgresError(.decoding, operation: operation, message: message, column: column)
    }
}
