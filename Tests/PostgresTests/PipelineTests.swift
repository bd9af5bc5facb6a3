import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PipelineTests {
    private let insert = PostgresStatement("insert", "insert into t values ($1)")
    private let count = PostgresStatement("count", "select count(*) from t")

    private func connect() async throws -> PostgresConnection {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (n int4 primary key)")
        return db
    }

    @Test func resultsComeInOrder() async throws {
        let db = try await connect()
        let statements = (0..<200).map { insert.bind($0) } + [count.bind()]
        let rows = try await db.pipeline(statements)
        #expect(rows.count == 201)
        #expect(rows.dropLast().allSatisfy { $0.affectedRows == 1 })
        let counted = try rows[200].decode(Int.self)
        #expect(counted == [200])
        let none = try await db.pipeline([])
        #expect(none.isEmpty)
    }

    @Test func anErrorUndoesAllAndNamesTheStatement() async throws {
        let db = try await connect()
        let error = await #expect(throws: PostgresError.self) {
            try await db.pipeline([insert.bind(1), insert.bind(2), insert.bind(1), insert.bind(3)])
        }
        #expect(error?.isUniqueViolation == true)
        #expect(error?.operation == "query \"insert\"")
        let rows = try await db.pipeline([count.bind()])
        let counted = try rows[0].decode(Int.self)
        #expect(counted == [0])
    }

    @Test func aValueThatCannotBeEncodedSendsNothing() async throws {
        let db = try await connect()
        let error = await #expect(throws: PostgresError.self) {
            try await db.pipeline([insert.bind(1), insert.bind("two")])
        }
        #expect(error?.kind == .encoding)
        let rows = try await db.query(count).decode(Int.self)
        #expect(rows == [0])
    }

    @Test func insideATransactionAnErrorFailsTheTransaction() async throws {
        let db = try await connect()
        await #expect(throws: PostgresError.self) {
            try await db.transaction { transaction in
                try await transaction.query(insert, 1)
                try await transaction.pipeline([insert.bind(2), insert.bind(1)])
            }
        }
        let rows = try await db.query(count).decode(Int.self)
        #expect(rows == [0])
        try await db.transaction { try await $0.pipeline([insert.bind(1), insert.bind(2)]) }
        let after = try await db.query(count).decode(Int.self)
        #expect(after == [2])
    }

    @Test func aStatementThatDoesNotParseLeavesTheConnectionUsable() async throws {
        let db = try await connect()
        let broken = PostgresStatement("broken", "selec 1")
        let error = await #expect(throws: PostgresError.self) {
            try await db.pipeline([insert.bind(1), broken.bind()])
        }
        #expect(error?.sqlState == .syntaxError && error?.operation.contains("broken") == true)
        let rows = try await db.query(count).decode(Int.self)
        #expect(rows == [0])
    }

    @Test func largePipelinesDoNotBlockEachOther() async throws {
        let db = try await TestDatabase.shared().connect()
        let echo = PostgresStatement("echo", "select $1::text")
        let text = String(repeating: "x", count: 50_000)
        let rows = try await db.pipeline((0..<300).map { _ in echo.bind(text) })
        #expect(try rows.allSatisfy { try $0.decode(String.self) == [text] })
    }
}
