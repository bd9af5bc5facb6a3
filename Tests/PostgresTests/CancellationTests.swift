import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
    private let sleep = PostgresStatement("sleep", "select pg_sleep(120)")
    private let sleepers = PostgresStatement(
        "sleepers",
        "select count(*) from pg_stat_activity where datname = current_database() and query like 'select pg_sleep%' and state = 'active'"
    )

    /// Waits until so many sessions of this database sleep.
    private func waitForSleepers(_ count: Int, _ observer: PostgresConnection) async throws {
        while try await observer.query(sleepers).decode(Int.self) != [count] { await Task.yield() }
    }

    @Test func cancellingTheTaskStopsTheServer() async throws {
        let database = try await TestDatabase()
        let (db, observer) = (try await database.connect(), try await database.connect())
        let task = Task { try await db.query(sleep) }
        try await waitForSleepers(1, observer)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await waitForSleepers(0, observer)
        let value = try await db.value("select 7", as: Int.self)
        #expect(value == 7)
    }

    @Test func theCancellationNeverHitsTheNextStatement() async throws {
        let db = try await TestDatabase().connect()
        let short = PostgresStatement("short", "select pg_sleep(0.002)")
        for round in 0..<60 {
            let task = Task { try await db.query(short) }
            // At random moments: before, during and after the statement.
            if round % 3 > 0 { try await Task.sleep(for: .microseconds(Int64.random(in: 0..<4000))) }
            task.cancel()
            _ = await task.result
            let value = try await db.value("select $1::int8", round, as: Int.self)
            #expect(value == round)
        }
    }

    @Test func aCancelledTaskSendsNothing() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (n int4)")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await db.execute("insert into t values (1)")
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        let count = try await db.value("select count(*) from t", as: Int.self)
        #expect(count == 0)
    }

    @Test func aWaitForTheConnectionIsCancelledAtOnce() async throws {
        let database = try await TestDatabase()
        let (db, observer) = (try await database.connect(), try await database.connect())
        let first = Task { try await db.query(sleep) }
        try await waitForSleepers(1, observer)
        let second = Task { try await db.value("select 1", as: Int.self) }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        first.cancel()
        _ = await first.result
        try await db.ping()
    }

    @Test func pipelinesAreCancelledAsWell() async throws {
        let database = try await TestDatabase()
        let (db, observer) = (try await database.connect(), try await database.connect())
        let task = Task { try await db.pipeline([PostgresStatement.sql("select 1").bind(), sleep.bind()]) }
        try await waitForSleepers(1, observer)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let rows = try await db.pipeline([PostgresStatement.sql("select 1").bind()])
        #expect(rows.count == 1)
    }

    @Test func aCancelledCallerOfThePoolLeavesAUsableConnection() async throws {
        let database = try await TestDatabase()
        let observer = try await database.connect()
        let pool = try database.pool(1...1)
        let process = try await pool.value("select pg_backend_pid()", as: Int.self)
        let task = Task { try await pool.query(sleep) }
        try await waitForSleepers(1, observer)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let later = try await pool.value("select pg_backend_pid()", as: Int.self)
        #expect(later == process)
        await pool.close()
    }

    @Test func theServersTimeoutIsAnErrorOfItsOwn() async throws {
        let database = try await TestDatabase()
        let db = try await PostgresConnection.connect(
            database.configuration { $0.statementTimeout = .milliseconds(20) }
        )
        let error = await #expect(throws: PostgresError.self) { try await db.query(sleep) }
        #expect(error?.sqlState == .queryCanceled)
        let setting = try await db.value("show statement_timeout", as: String.self)
        #expect(setting == "20ms")
    }
}
