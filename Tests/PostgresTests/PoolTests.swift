import LocalServers
import Postgres
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PoolTests {
    @Test func twoHundredCallersShareFourConnections() async throws {
        let pool = try await TestDatabase().pool(0...4)
        let busiest = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    for round in 0..<5 {
                        let value = try await pool.value("select $1::int8", number * 10 + round, as: Int.self)
                        if value != number * 10 + round || pool.metrics.busy > 4 { busiest.increment() }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(busiest.value == 0)
        let processes = try await pool.value(
            "select count(*) from pg_stat_activity where datname = current_database()",
            as: Int.self
        )
        #expect(processes == 4)
        let metrics = pool.metrics
        #expect(metrics.idle == 4 && metrics.busy == 0 && metrics.waiting == 0 && metrics.maximum == 4)
        await pool.close()
    }

    /// A plan that is made while a table is empty reads all of it, and is kept; unless the session says how to plan.
    @Test(arguments: [false, true]) func aPlanMadeForAnEmptyTableUsesTheKeyWhereTheSessionSaysSo(byKey: Bool)
        async throws
    {
        let database = try await TestDatabase()
        let configuration = try database.configuration {
            $0.sessionSettings = ["plan_cache_mode": "force_generic_plan"]
            guard byKey else { return }
            for kind in ["seqscan", "hashjoin", "mergejoin"] { $0.sessionSettings["enable_\(kind)"] = "off" }
        }
        let pool = PostgresPool(configuration: configuration, size: 0...1, logger: .silent)
        let statement = "select count(*) from unnest($1::int4[]) as asked (id) join grown using (id)"
        try await pool.execute("create table grown (id int primary key) with (autovacuum_enabled = false)")
        try await pool.execute("vacuum analyze grown")
        for _ in 0..<10 { #expect(try await pool.value(statement, [Int32(1)], as: Int.self) == 0) }
        try await pool.execute("insert into grown select generate_series(1, 50000)")
        let name = try await pool.value(
            "select name from pg_prepared_statements where statement = $1",
            statement,
            as: String.self
        )
        let explain = PostgresStatement.sql("explain (costs off) execute \"\(name)\" ('{1}')")
        let plan = try await pool.query(explain).decode(String.self).joined(separator: "\n")
        #expect(plan.contains("Seq Scan on grown") != byKey, "\(plan)")
        #expect(plan.contains("grown_pkey") == byKey, "\(plan)")
        #expect(try await pool.value(statement, [Int32(1), 50_000, 50_001], as: Int.self) == 2)
        await pool.close()
    }

    @Test func aSessionBeginsWithItsSettings() async throws {
        let configuration = try await TestDatabase.shared().configuration {
            $0.sessionSettings = ["search_path": "a, public", "jit": "off", "work_mem": "7MB"]
            $0.statementTimeout = .milliseconds(4_321)
        }
        let pool = PostgresPool(configuration: configuration, size: 0...1, logger: .silent)
        for (name, value) in [
            ("search_path", "a, public"), ("jit", "off"), ("work_mem", "7MB"), ("statement_timeout", "4321ms"),
        ] {
            #expect(try await pool.value("show \(name)", as: String.self) == value)
        }
        await pool.close()
    }

    @Test func callersAreServedInTheOrderOfTheirComing() async throws {
        let pool = try await TestDatabase.shared().pool(0...1)
        let order = Order()
        let (reached, goOn) = (Signal(), Signal())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await pool.withConnection { _ in
                    reached.raise()
                    await goOn.wait()
                }
            }
            await reached.wait()
            for number in 0..<20 {
                group.addTask { try await pool.withConnection { _ in await order.append(number) } }
                while pool.metrics.waiting <= number { await Task.yield() }
            }
            goOn.raise()
            try await group.waitForAll()
        }
        #expect(await order.numbers == Array(0..<20))
        await pool.close()
    }

    @Test func aCallerWaitsOnlySoLong() async throws {
        let pool = try await TestDatabase.shared().pool(0...1, acquireTimeout: .milliseconds(100))
        // Connecting counts as waiting, and may take longer than that on a busy machine.
        while (try? await pool.execute("select 1")) == nil {}
        try await pool.withConnection { _ in
            let error = await #expect(throws: PostgresError.self) { try await pool.execute("select 1") }
            #expect(error?.kind == .acquireTimedOut)
            #expect(error?.description.contains("1 of 1 busy") == true)
        }
        await pool.close()
    }

    @Test func aWaitingCallerCanBeCancelled() async throws {
        let pool = try await TestDatabase.shared().pool(0...1)
        try await pool.withConnection { _ in
            let task = Task { try await pool.execute("select 1") }
            while pool.metrics.waiting == 0 { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(pool.metrics.waiting == 0)
        }
        try await pool.execute("select 1")
        await pool.close()
    }

    @Test func aTransactionLeftOpenIsRolledBack() async throws {
        let pool = try await TestDatabase().pool(0...1)
        try await pool.execute("create table t (n int4)")
        try await pool.withConnection { try await $0.execute("begin; insert into t values (1)") }
        let (count, process) = try await pool.withConnection { db in
            (
                try await db.value("select count(*) from t", as: Int.self),
                try await db.value("select pg_backend_pid()", as: Int.self)
            )
        }
        #expect(count == 0 && process > 0)
        await pool.close()
    }

    @Test func aConnectionThatListensIsNotLentAgain() async throws {
        let pool = try await TestDatabase.shared().pool(0...1)
        let first = try await pool.withConnection { db in
            try await db.listen("news")
            return try await db.value("select pg_backend_pid()", as: Int.self)
        }
        let second = try await pool.value("select pg_backend_pid()", as: Int.self)
        #expect(first != second)
        await pool.close()
    }

    @Test func aConnectionThatTheServerEndedWhileIdleIsReplaced() async throws {
        let database = try await TestDatabase.shared()
        let pool = try database.pool(0...2)
        let other = try await database.connect()
        // Two connections at once, so that the failure of one makes the other suspect.
        let (one, two) = try await pool.withConnection { a in
            try await pool.withConnection { b in
                (
                    try await a.value("select pg_backend_pid()", as: Int.self),
                    try await b.value("select pg_backend_pid()", as: Int.self)
                )
            }
        }
        try await other.query(.sql("select pg_terminate_backend(p) from unnest($1::int4[]) p"), [one, two])
        while try await other.value(
            "select count(*) from pg_stat_activity where pid = any($1::int4[])",
            [one, two],
            as: Int.self
        ) > 0 { await Task.yield() }
        _ = try? await pool.execute("select 1")
        for _ in 0..<3 { try await pool.execute("select 1") }
        await pool.close()
    }

    @Test func theServiceKeepsTheMinimumAndClosesThePool() async throws {
        let pool = try await TestDatabase.shared().pool(3...5)
        let service = Task { await pool.run() }
        while pool.metrics.idle < 3 { await Task.yield() }
        try await pool.execute("select 1")
        service.cancel()
        await service.value
        let error = await #expect(throws: PostgresError.self) { try await pool.execute("select 1") }
        #expect(error?.kind == .poolClosed)
        #expect(pool.metrics.idle == 0)
    }

    @Test func shuttingDownWaitsForWhatIsLent() async throws {
        let pool = try await TestDatabase.shared().pool(0...2)
        let (reached, goOn) = (Signal(), Signal())
        let user = Task {
            try await pool.withConnection { db in
                reached.raise()
                await goOn.wait()
                return try await db.value("select 5", as: Int.self)
            }
        }
        await reached.wait()
        let closing = Task { await pool.close() }
        while (try? await pool.execute("select 1")) != nil { await Task.yield() }
        goOn.raise()
        let value = try await user.value
        #expect(value == 5)
        await closing.value
    }

    @Test func shuttingDownBreaksWhatTakesTooLong() async throws {
        let database = try await TestDatabase.shared()
        let pool = PostgresPool(
            configuration: try database.configuration(),
            size: 0...1,
            drainTimeout: .milliseconds(50),
            logger: .silent
        )
        let user = Task { try await pool.withConnection { try await $0.execute("select pg_sleep(60)") } }
        while pool.metrics.busy == 0 { await Task.yield() }
        await pool.close()
        let error = await #expect(throws: PostgresError.self) { try await user.value }
        #expect(error?.isConnectionLost == true)
    }

    @Test func aServerThatIsDownIsToldAtOnce() async throws {
        let port = try FreePort.find()
        let configuration = try PostgresConfiguration(url: "postgres://u@127.0.0.1:\(port)/db")
        let pool = PostgresPool(
            configuration: configuration,
            size: 0...4,
            acquireTimeout: .seconds(50),
            logger: .silent
        )
        let clock = ContinuousClock()
        let time = await clock.measure {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let error = await #expect(throws: PostgresError.self) { try await pool.execute("select 1") }
                        #expect(error?.kind == .cannotConnect)
                    }
                }
            }
        }
        #expect(time < .seconds(20))
        await pool.close()
    }
}

private actor Order {
    private(set) var numbers: [Int] = []

    func append(_ number: Int) { numbers.append(number) }
}
