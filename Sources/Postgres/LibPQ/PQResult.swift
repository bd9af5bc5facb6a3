import CLibPQ

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// One result that libpq received, freed when nobody refers to it any more.
///
/// `@unchecked Sendable`: libpq never changes a result once `PQgetResult` has handed it out, and the accessors used here
/// only read it.
final class PQResult: @unchecked Sendable {
    private let handle: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    /// Takes over a result of `PQgetResult`.
    init(_ handle: OpaquePointer) {
        self.handle = handle
        rowCount = Int(PQntuples(handle))
        columnCount = Int(PQnfields(handle))
    }

    deinit {
        PQclear(handle)
    }

    var status: ExecStatusType { PQresultStatus(handle) }

    /// What the server says it did, for example `UPDATE 3`.
    var commandTag: String { String(cString: PQcmdStatus(handle)) }

    /// The number in the command tag; 0 for commands that have none.
    var affectedRows: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

    /// A described statement's parameters.
    var parameterTypes: [PostgresType] {
        (0..<PQnparams(handle)).map { PostgresType(rawValue: PQparamtype(handle, $0)) }
    }

    var columnTypes: [PostgresType] { (0..<columnCount).map(columnType) }

    func columnType(_ column: Int) -> PostgresType {
        PostgresType(rawValue: PQftype(handle, Int32(column)))
    }

    func columnName(_ column: Int) -> String {
        String(cString: PQfname(handle, Int32(column)))
    }

    /// The first column of exactly this name. (`PQfnumber` would fold the name's case.)
    func column(named name: String) -> Int? {
        name.withCString { wanted in
            (0..<columnCount).first { strcmp(PQfname(handle, Int32($0)), wanted) == 0 }
        }
    }

    /// Reads a value in place.
    func decode<Value: PostgresDecodable>(
        row: Int,
        column: Int,
        as _: Value.Type
    ) throws(PostgresValueError) -> Value {
        let (row, column) = (Int32(row), Int32(column))
        guard PQgetisnull(handle, row, column) == 0 else { return try Value.decodeNull() }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(handle, row, column),
            count: Int(PQgetlength(handle, row, column))
        )
        return try Value.decode(bytes.bytes, as: PostgresType(rawValue: PQftype(handle, column)))
    }

    func isNull(row: Int, column: Int) -> Bool {
        PQgetisnull(handle, Int32(row), Int32(column)) != 0
    }

    /// What the server refused, and why.
    func error(_ kind: PostgresError.Kind, operation: String) -> PostgresError {
        let state = field(Diagnostic.sqlState).map(SQLState.init(rawValue:))
        let message = field(Diagnostic.message) ?? String(cString: PQresultErrorMessage(handle))
        return PostgresError(
            kind,
            operation,
            message.onOneLine,
            state,
            field(Diagnostic.detail),
            field(Diagnostic.hint),
            field(Diagnostic.constraint),
            field(Diagnostic.table),
            field(Diagnostic.column),
            field(Diagnostic.position).flatMap { Int($0) },
            serverFunction: field(Diagnostic.serverFunction)
        )
    }

    private func field(_ code: Unicode.Scalar) -> String? {
        PQresultErrorField(handle, Int32(code.value)).map { String(cString: $0) }
    }

    /// The fields of an error, as `postgres_ext.h` letters them.
    private enum Diagnostic {
        static let sqlState: Unicode.Scalar = "C"
        static let message: Unicode.Scalar = "M"
        static let detail: Unicode.Scalar = "D"
        static let hint: Unicode.Scalar = "H"
        static let position: Unicode.Scalar = "P"
        static let table: Unicode.Scalar = "t"
        static let column: Unicode.Scalar = "c"
        static let constraint: Unicode.Scalar = "n"
        static let serverFunction: Unicode.Scalar = "R"
    }
}

extension String {
    /// libpq's messages, which it breaks into lines and indents, as one line.
    var onOneLine: String {
        split { $0.isNewline }.map { $0.drop(while: \.isWhitespace) }.joined(separator: " ")
    }
}
