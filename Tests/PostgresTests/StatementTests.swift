import Foundation
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StatementTests {
    @Test func aStatementIsPreparedOnce() async throws {
        let db = try await TestDatabase.shared().connect()
        let statement = PostgresStatement("adder", "select $1::int4 + 1")
        for number in 0..<5 { #expect(try await db.query(statement, number)[0].decode(Int.self) == number + 1) }
        let prepared = try await db.value(
            "select count(*) from pg_prepared_statements where name like 'adder%'",
            as: Int.self
        )
        #expect(prepared == 1)
    }

    @Test func twoTextsMayShareAName() async throws {
        let db = try await TestDatabase.shared().connect()
        var values: [Int] = []
        for text in ["select 1", "select 2", "select 1"] {
            values += try await db.query(PostgresStatement("same", text)).decode(Int.self)
        }
        #expect(values == [1, 2, 1])
    }

    @Test func aChangedTableIsNoticed() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (a int4); insert into t values (1)")
        let statement = PostgresStatement("all", "select * from t")
        #expect(try await db.query(statement)[0].decode(Int.self) == 1)
        try await db.execute("alter table t add b text default 'x'")
        let (a, b) = try await db.query(statement)[0].decode(Int.self, String.self)
        #expect(a == 1 && b == "x")
        let results = try await db.pipeline([statement.bind(), PostgresStatement.sql("select 5").bind()])
        try await db.execute("alter table t drop b")
        let again = try await db.pipeline([statement.bind(), PostgresStatement.sql("select 5").bind()])
        #expect(results[0].columnNames == ["a", "b"] && again[0].columnNames == ["a"])
        #expect(try again[1][0].decode(Int.self) == 5)
    }

    @Test func insideATransactionAChangedTableIsAnErrorOnce() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (a int4)")
        let statement = PostgresStatement("all", "select * from t")
        try await db.query(statement)
        try await db.execute("alter table t add b text")
        let error = await #expect(throws: PostgresError.self) {
            try await db.transaction { try await $0.query(statement) }
        }
        #expect(error?.sqlState == .featureNotSupported)
        let columns = try await db.transaction { try await $0.query(statement).columnNames }
        #expect(columns == ["a", "b"])
    }

    @Test func statementsTheServerHasForgottenArePreparedAnew() async throws {
        let db = try await TestDatabase.shared().connect()
        let statements = (0..<3).map { PostgresStatement("s\($0)", "select \($0)") }
        for statement in statements { try await db.query(statement) }
        try await db.execute("deallocate all")
        for (number, statement) in statements.enumerated() {
            #expect(try await db.query(statement)[0].decode(Int.self) == number)
        }
        try await db.execute("discard all")
        let rows = try await db.pipeline(statements.map { $0.bind() })
        #expect(try rows.map { try $0[0].decode(Int.self) } == [0, 1, 2])
    }

    @Test func onlySoManyStatementsStayPrepared() async throws {
        let database = try await TestDatabase.shared()
        let db = try await PostgresConnection.connect(database.configuration { $0.preparedStatementLimit = 10 })
        for round in 0..<2 {
            for number in 0..<40 {
                let statement = PostgresStatement("numbered", "select \(number)")
                #expect(try await db.query(statement)[0].decode(Int.self) == number, "round \(round)")
            }
        }
        let count = try await db.value("select count(*) from pg_prepared_statements", as: Int.self)
        #expect(count <= 12)
        await db.close()
    }

    @Test func errorsNameTheStatementAndThePlace() async throws {
        let db = try await TestDatabase().connect()
        let statement = PostgresStatement("broken", "select 1 from nowhere")
        let error = await #expect(throws: PostgresError.self) { try await db.query(statement) }
        #expect(error?.sqlState == .undefinedTable)
        #expect(error?.position == 15)
        #expect(error?.description.contains("\"broken\"") == true)
        try await db.execute("create table u (id int4 constraint u_key primary key)")
        let insert = PostgresStatement.sql("insert into u values ($1)")
        try await db.query(insert, 1)
        let twice = await #expect(throws: PostgresError.self) { try await db.query(insert, 1) }
        #expect(twice?.isUniqueViolation == true)
        #expect(twice?.constraint == "u_key" && twice?.table == "u")
        #expect(twice?.detail?.contains("already exists") == true)
    }

    @Test func rowsTellHowManyWereAffected() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (n int4)")
        let inserted = try await db.query(.sql("insert into t select generate_series(1, $1::int4)"), 7)
        #expect(inserted.affectedRows == 7 && inserted.isEmpty)
        let updated = try await db.query(.sql("update t set n = n + 1 where n > $1 returning n"), 5)
        #expect(updated.affectedRows == 2 && updated.count == 2)
        #expect(updated.commandTag == "UPDATE 2")
        #expect(updated.columnTypes == [.int4])
        #expect(try updated.decode(Int.self).sorted() == [7, 8])
    }

    @Test func rowsOutliveTheirConnection() async throws {
        let db = try await TestDatabase.shared().connect()
        let rows = try await db.query(.sql("select n, 'row ' || n as t from generate_series(1, 1000) n"))
        await db.close()
        #expect(rows.count == 1000)
        for (index, row) in rows.enumerated() {
            #expect(try row.decode("n", as: Int.self) == index + 1)
            #expect(try row.decode("t", as: String.self) == "row \(index + 1)")
        }
    }

    @Test func tenThousandRowsThroughUnnest() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (id uuid primary key, n int4 not null, name text, payload bytea)")
        let insert = PostgresStatement(
            "bulk",
            "insert into t select * from unnest($1::uuid[], $2::int4[], $3::text[], $4::bytea[])"
        )
        let ids = (0..<10_000).map { _ in UUID() }
        let numbers = Array(0..<10_000)
        let names = numbers.map { $0 % 3 == 0 ? nil : "name \($0)" }
        let payloads = numbers.map { [UInt8](repeating: UInt8($0 % 256), count: $0 % 40) }
        #expect(try await db.query(insert, ids, numbers, names, payloads).affectedRows == 10_000)
        let rows = try await db.query(.sql("select id, n, name, payload from t order by n"))
        var index = 0
        for (id, n, name, payload) in try rows.decode(UUID.self, Int.self, String?.self, [UInt8].self) {
            if id != ids[index] || n != index || name != names[index] || payload != payloads[index] {
                Issue.record("row \(index) differs")
            }
            index += 1
        }
        #expect(index == 10_000)
    }

    @Test func callsOfManyTasksTakeTurns() async throws {
        let db = try await TestDatabase.shared().connect()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask { try await db.value("select $1::int8", number) == number }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func aLargeParameterAndALargeResultAtOnce() async throws {
        let db = try await TestDatabase.shared().connect()
        let bytes = [UInt8](repeating: 42, count: 20_000_000)
        let back = try await db.value("select $1::bytea || $1::bytea", bytes, as: [UInt8].self)
        #expect(back.count == 40_000_000)
    }
}
