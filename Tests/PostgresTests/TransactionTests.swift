import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TransactionTests {
    private struct Refusal: Error {}

    @Test func aTransactionIsCommittedWhenItsClosureReturns() async throws {
        let database = try await TestDatabase()
        let (db, other) = (try await database.connect(), try await database.connect())
        try await db.execute("create table t (n int4)")
        let insideSeen = try await db.transaction { transaction in
            try await transaction.query(.sql("insert into t values ($1)"), 1)
            return try await other.value("select count(*) from t", as: Int.self)
        }
        #expect(insideSeen == 0)
        let afterwards = try await other.value("select count(*) from t", as: Int.self)
        #expect(afterwards == 1)
    }

    @Test func aTransactionIsRolledBackWhenItsClosureThrows() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (n int4)")
        await #expect(throws: Refusal.self) {
            try await db.transaction { transaction in
                try await transaction.execute("insert into t values (1)")
                throw Refusal()
            }
        }
        let count = try await db.value("select count(*) from t", as: Int.self)
        #expect(count == 0)
    }

    @Test func aTransactionIsRolledBackWhenItsTaskIsCancelled() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (n int4)")
        let reached = Signal()
        let task = Task {
            try await db.transaction { transaction in
                try await transaction.execute("insert into t values (1)")
                reached.raise()
                try await transaction.execute("select pg_sleep(60)")
            }
        }
        await reached.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let count = try await db.value("select count(*) from t", as: Int.self)
        #expect(count == 0)
    }

    @Test func cancellationBeforeTheCommitRollsBack() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (n int4)")
        let task = Task {
            try await db.transaction { transaction in
                try await transaction.execute("insert into t values (1)")
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        let count = try await db.value("select count(*) from t", as: Int.self)
        #expect(count == 0)
    }

    @Test func aFailedStatementThatIsSwallowedDoesNotPassForSuccess() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (n int4)")
        let error = await #expect(throws: PostgresError.self) {
            try await db.transaction { transaction in
                try await transaction.execute("insert into t values (1)")
                _ = try? await transaction.execute("select 1/0")
            }
        }
        #expect(error?.kind == .transactionAborted)
        let later = try await db.value("select count(*) from t", as: Int.self)
        #expect(later == 0)
    }

    @Test func statementsAfterAFailedOneSaySo() async throws {
        let db = try await TestDatabase.shared().connect()
        let error = await #expect(throws: PostgresError.self) {
            try await db.transaction { transaction in
                _ = try? await transaction.execute("select 1/0")
                try await transaction.execute("select 1")
            }
        }
        #expect(error?.sqlState == .inFailedTransaction)
        try await db.ping()
    }

    @Test func aDeferredConstraintFailsTheCommit() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (n int4 unique deferrable initially deferred)")
        let error = await #expect(throws: PostgresError.self) {
            try await db.transaction { try await $0.execute("insert into t values (1), (1)") }
        }
        #expect(error?.isUniqueViolation == true)
        let count = try await db.value("select count(*) from t", as: Int.self)
        #expect(count == 0)
    }

    @Test func theConnectionItselfIsRefusedInsideItsTransaction() async throws {
        let db = try await TestDatabase.shared().connect()
        let error = await #expect(throws: PostgresError.self) {
            try await db.transaction { _ in try await db.execute("select 1") }
        }
        #expect(error?.kind == .usage)
        try await db.ping()
    }

    @Test func aTransactionIsRefusedAfterItsEnd() async throws {
        let db = try await TestDatabase.shared().connect()
        let escaped = try await db.transaction { $0 }
        let error = await #expect(throws: PostgresError.self) { try await escaped.execute("select 1") }
        #expect(error?.kind == .usage)
    }

    @Test func otherTasksWaitForTheTransactionsEnd() async throws {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (n int4)")
        let (reached, goOn) = (Signal(), Signal())
        async let inside: Void = db.transaction { transaction in
            reached.raise()
            await goOn.wait()
            try await transaction.execute("insert into t values (1)")
        }
        await reached.wait()
        async let outside = db.value("select count(*) from t", as: Int.self)
        goOn.raise()
        try await inside
        let seen = try await outside
        #expect(seen == 1)
    }

    @Test func isolationAndReadOnlyAreTheServers() async throws {
        let db = try await TestDatabase().connect()
        let level = try await db.transaction(isolation: .serializable) {
            try await $0.value("show transaction_isolation", as: String.self)
        }
        #expect(level == "serializable")
        let error = await #expect(throws: PostgresError.self) {
            try await db.transaction(isReadOnly: true) { try await $0.execute("create table x ()") }
        }
        #expect(error?.sqlState?.rawValue == "25006")
    }

    @Test func theClosureRunsInTheCallersIsolation() async throws {
        actor Counter {
            var count = 0
            func run(_ db: PostgresConnection) async throws -> Int {
                try await db.transaction { transaction in
                    count += 1
                    try await transaction.execute("select 1")
                    count += 1
                }
                return count
            }
        }
        let db = try await TestDatabase.shared().connect()
        let count = try await Counter().run(db)
        #expect(count == 2)
    }
}
