import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MigratorTests {
    private let first = PostgresMigration(
        version: 1,
        name: "jobs",
        sql: "create table jobs (n int4); insert into jobs values (1)"
    )
    private let second = PostgresMigration(version: 2, name: "more", sql: "alter table jobs add m text")

    private func migrate(_ migrations: [PostgresMigration], _ db: PostgresConnection) async throws -> [Int] {
        try await PostgresMigrator(migrations: migrations).migrate(db).map(\.version)
    }

    @Test func whatIsMissingIsAppliedInOrder() async throws {
        let db = try await TestDatabase().connect()
        #expect(try await migrate([first], db) == [1])
        #expect(try await migrate([second, first], db) == [2])
        #expect(try await migrate([first, second], db) == [])
        let recorded = try await db.query(.sql("select version, name, checksum from schema_migrations order by 1"))
            .decode(Int.self, String.self, String.self)
        #expect(recorded.map(\.0) == [1, 2] && recorded.map(\.1) == ["jobs", "more"])
        #expect(recorded[0].2 == first.checksum && first.checksum.count == 64)
        let timeout = try await db.value("show statement_timeout", as: String.self)
        #expect(timeout == "0")
    }

    @Test func theChecksumIsSHA256() {
        #expect(
            PostgresMigration(version: 1, name: "", sql: "abc").checksum
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
    }

    @Test func aFailedMigrationLeavesNothingAndIsNamed() async throws {
        let db = try await TestDatabase().connect()
        let broken = PostgresMigration(version: 2, name: "broken", sql: "create table half (); select 1/0")
        let error = await #expect(throws: PostgresError.self) { try await migrate([first, broken], db) }
        #expect(error?.operation == "migration 2 \"broken\"" && error?.sqlState?.rawValue == "22012")
        let half = try await db.value("select to_regclass('half') is null", as: Bool.self)
        #expect(half)
        #expect(try await migrate([first, second], db) == [2])
    }

    @Test func anEditedMigrationIsRefusedByName() async throws {
        let db = try await TestDatabase().connect()
        _ = try await migrate([first], db)
        let edited = PostgresMigration(version: 1, name: "jobs", sql: first.sql + " ")
        let error = await #expect(throws: PostgresError.self) { try await migrate([edited, second], db) }
        #expect(error?.kind == .migration && error?.description.contains("\"jobs\"") == true)
    }

    @Test func aNewerDatabaseIsRefused() async throws {
        let db = try await TestDatabase().connect()
        _ = try await migrate([first, second], db)
        let error = await #expect(throws: PostgresError.self) { try await migrate([first], db) }
        #expect(error?.kind == .migration && error?.description.contains("newer") == true)
    }

    /// While an upgrade goes on, and after one that was taken back, programs of the version before are started as well.
    @Test func aNewerDatabaseServesProgramsThatItsMigrationsSayGoOnWorking() async throws {
        let database = try await TestDatabase()
        let db = try await database.connect()
        let third = PostgresMigration(version: 3, name: "third", sql: "-- compatible-with: 2\ncreate table third ()")
        let fourth = PostgresMigration(version: 4, name: "fourth", sql: "-- compatible-with: 3\ncreate table fourth ()")
        _ = try await migrate([first, second, third], db)
        #expect(try await migrate([first, second], db).isEmpty)
        let tooOld = await #expect(throws: PostgresError.self) { try await migrate([first], db) }
        #expect(tooOld?.description.contains("newer") == true)

        _ = try await migrate([first, second, third, fourth], db)
        #expect(try await migrate([first, second, third], db).isEmpty)
        await #expect(throws: PostgresError.self) { try await migrate([first, second], db) }
    }

    /// The table of a database that programs made which did not know of the column.
    @Test func whatWasAppliedBeforeThereWasTheColumnIsKnown() async throws {
        let db = try await TestDatabase().connect()
        _ = try await migrate([first], db)
        try await db.execute("alter table schema_migrations drop column compatible_with")
        #expect(try await migrate([first, second], db) == [2])
        await #expect(throws: PostgresError.self) { try await migrate([first], db) }
    }

    @Test func aMigrationThatVanishedIsRefused() async throws {
        let db = try await TestDatabase().connect()
        _ = try await migrate([first, second], db)
        let third = PostgresMigration(version: 3, name: "third", sql: "select 1")
        let error = await #expect(throws: PostgresError.self) { try await migrate([first, third], db) }
        #expect(error?.description.contains("\"more\"") == true)
    }

    @Test func twoWithOneVersionAreRefused() {
        let error = #expect(throws: PostgresError.self) {
            try PostgresMigrator(migrations: [first, PostgresMigration(version: 1, name: "other", sql: "")])
        }
        #expect(error?.description.contains("\"other\"") == true)
        #expect(throws: PostgresError.self) {
            try PostgresMigrator(migrations: [PostgresMigration(version: 0, name: "zero", sql: "")])
        }
    }

    @Test func manyProcessesMayMigrateAtOnce() async throws {
        let database = try await TestDatabase()
        let slow = PostgresMigration(version: 3, name: "slow", sql: "select pg_sleep(0.1); create table slow ()")
        let migrations = [first, second, slow]
        let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<5 {
                group.addTask {
                    let db = try await database.connect()
                    return try await PostgresMigrator(migrations: migrations).migrate(db).map(\.version)
                }
            }
            return try await group.reduce(into: [[Int]]()) { $0.append($1) }
        }
        #expect(applied.filter { !$0.isEmpty } == [[1, 2, 3]])
    }

    @Test func aMigrationMayRunOutsideATransactionWhileOthersWait() async throws {
        let database = try await TestDatabase()
        let concurrent = PostgresMigration(
            version: 2,
            name: "index",
            sql: """
                -- no-transaction
                create index concurrently if not exists jobs_n on jobs (n);
                -- next
                create index concurrently if not exists jobs_n2 on jobs ((n + 1));
                """
        )
        let migrations = [first, concurrent]
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try await PostgresMigrator(migrations: migrations).migrate(try await database.connect()).count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(applied == 2)
        let db = try await database.connect()
        let valid = try await db.value(
            "select count(*) from pg_index i where indrelid = 'jobs'::regclass and indisvalid",
            as: Int.self
        )
        #expect(valid == 2)
    }

    @Test func theLockIsGivenBackAfterAFailure() async throws {
        let database = try await TestDatabase()
        let broken = PostgresMigration(version: 1, name: "broken", sql: "select 1/0")
        let (db, other) = (try await database.connect(), try await database.connect())
        await #expect(throws: PostgresError.self) { try await migrate([broken], db) }
        #expect(try await migrate([first], other) == [1])
    }
}
