import LocalServers
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test(arguments: [
        "http://localhost/db", "postgres://u:secret@h:1/db?nonsense=1", "postgres://u:sec%zzret@h/db",
        "postgres://u:secret@h:1/db?sslmode", "postgres://u:secret\0@h/db", "", "postgres://[::1/db",
    ])
    func malformedURLsAreRefusedWithoutQuotingThePassword(_ url: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.kind == .configuration)
        #expect(error?.description.contains("sec") == false)
        #expect(error?.description.contains("postgres://user:password@host") == true)
    }

    @Test func descriptionsHideThePassword() throws {
        let configuration = try PostgresConfiguration(
            url: "postgres://me:s%20ecret@db.example:5433/things?sslmode=require"
        )
        #expect("\(configuration)" == "me@db.example:5433/things")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("ecret"))
    }

    @Test func aWrongPasswordSaysSoAndDoesNotRepeatIt() async throws {
        let database = try await TestDatabase.shared()
        let url = database.url.replacing(/:[^:@\/]+@/, with: ":wrong-horse@")
        let configuration = try PostgresConfiguration(url: url)
        let error = await #expect(throws: PostgresError.self) { try await PostgresConnection.connect(configuration) }
        #expect(error?.kind == .cannotConnect)
        #expect(error?.message.contains("password") == true)
        #expect(error?.description.contains("wrong-horse") == false)
    }

    @Test func aPortWithoutAServerSaysWhere() async throws {
        let port = try FreePort.find()
        let configuration = try PostgresConfiguration(url: "postgres://u@127.0.0.1:\(port)/db")
        let error = await #expect(throws: PostgresError.self) { try await PostgresConnection.connect(configuration) }
        #expect(error?.kind == .cannotConnect && error?.isTransient == true)
        #expect(error?.description.contains("\(port)") == true)
    }

    @Test func anUnknownHostIsNamed() async throws {
        let configuration = try PostgresConfiguration(
            url: "postgres://u@no-such-host.invalid/db",
            connectTimeout: .seconds(20)
        )
        let error = await #expect(throws: PostgresError.self) { try await PostgresConnection.connect(configuration) }
        #expect(error?.kind == .cannotConnect && error?.description.contains("no-such-host.invalid") == true)
    }

    @Test func aSilentServerIsGivenUpInTime() async throws {
        let listener = try SilentListener()
        let configuration = try PostgresConfiguration(
            url: "postgres://u@127.0.0.1:\(listener.port)/db",
            connectTimeout: .milliseconds(200)
        )
        let error = await #expect(throws: PostgresError.self) { try await PostgresConnection.connect(configuration) }
        #expect(error?.message.contains("did not answer") == true)
    }

    @Test func connectingCanBeCancelled() async throws {
        let listener = try SilentListener()
        let configuration = try PostgresConfiguration(
            url: "postgres://u@127.0.0.1:\(listener.port)/db",
            connectTimeout: .seconds(60)
        )
        let task = Task { _ = try await PostgresConnection.connect(configuration) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func theSecondHostIsTriedWhenTheFirstIsSilent() async throws {
        let database = try await TestDatabase.shared()
        let listener = try SilentListener()
        let url = database.url.replacing(/@([^\/]+)\//) { "@127.0.0.1:\(listener.port),\($0.1)/" }
        let configuration = try PostgresConfiguration(url: url, connectTimeout: .seconds(2))
        let db = try await PostgresConnection.connect(configuration)
        try await db.ping()
    }

    @Test func hostNamesAreResolved() async throws {
        let database = try await TestDatabase.shared()
        let url = database.url.replacing("127.0.0.1", with: "localhost")
        let db = try await PostgresConnection.connect(try PostgresConfiguration(url: url, connectTimeout: .seconds(20)))
        try await db.ping()
    }

    @Test func theServerKnowsTheApplication() async throws {
        let db = try await TestDatabase.shared().connect()
        let name = try await db.value("show application_name", as: String.self)
        #expect(name == "tests")
        let encoding = try await db.value("show client_encoding", as: String.self)
        #expect(encoding == "UTF8")
    }

    @Test func aClosedConnectionSaysSo() async throws {
        let db = try await TestDatabase.shared().connect()
        await db.close()
        await db.close()
        #expect(db.isClosed)
        let error = await #expect(throws: PostgresError.self) { try await db.execute("select 1") }
        #expect(error?.kind == .connectionClosed && error?.isConnectionLost == true)
    }

    @Test func aSessionEndedByTheServerIsALostConnectionWithItsReason() async throws {
        let database = try await TestDatabase.shared()
        let (db, other) = (try await database.connect(), try await database.connect())
        let process = try await db.value("select pg_backend_pid()", as: Int.self)
        let task = Task { try await db.query(.sql("select pg_sleep(60)")) }
        while try await other.value(
            "select count(*) from pg_stat_activity where pid = $1 and state = 'active'",
            process,
            as: Int.self
        ) == 0 { await Task.yield() }
        try await other.query(.sql("select pg_terminate_backend($1)"), process)
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.kind == .connectionLost && error?.sqlState == .adminShutdown && error?.isTransient == true)
        #expect(db.isClosed)
    }

    @Test func noticesDoNotDisturb() async throws {
        let db = try await TestDatabase.shared().connect()
        try await db.execute(
            "do $$ begin raise notice 'hello'; raise warning 'world'; end $$; create temp table if not exists t ()"
        )
        try await db.execute("create temp table if not exists t ()")
        try await db.ping()
    }
}
