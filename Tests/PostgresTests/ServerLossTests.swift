import LocalServers
import Postgres
import Testing

/// What happens when the server goes away; each test has a server of its own.
@Suite(.timeLimit(.minutes(1)))
struct ServerLossTests {
    @Test func aKilledServerIsATypedErrorAndThePoolRecovers() async throws {
        let server = try await PostgresServer.start()
        let pool = PostgresPool(configuration: try PostgresConfiguration(url: server.url), size: 0...4, logger: .silent)
        let running = Signal()
        let task = Task {
            try await pool.withTransaction { transaction in
                try await transaction.execute("select 1")
                running.raise()
                try await transaction.execute("select pg_sleep(60)")
            }
        }
        await running.wait()
        await server.kill()
        let lost = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(lost?.isConnectionLost == true && lost?.isTransient == true)

        let down = await #expect(throws: PostgresError.self) { try await pool.execute("select 1") }
        #expect(down?.kind == .cannotConnect)

        try await server.restart()
        // A caller may still be told of the last failure for a moment; nobody has to do anything else.
        while (try? await pool.execute("select 1")) == nil { try await Task.sleep(for: .milliseconds(10)) }
        let value = try await pool.value("select 3", as: Int.self)
        #expect(value == 3)
        await pool.close()
        await server.stop()
    }

    @Test func idleConnectionsThatDiedWithTheServerAreNotLent() async throws {
        let server = try await PostgresServer.start()
        let pool = PostgresPool(configuration: try PostgresConfiguration(url: server.url), size: 0...4, logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { try await pool.execute("select pg_sleep(0.05)") } }
            try await group.waitForAll()
        }
        let idle = pool.metrics.idle
        try await server.restart()
        // One caller may meet a connection that it finds dead; the others have become suspect by that.
        _ = try? await pool.execute("select 1")
        for _ in 0..<8 { try await pool.execute("select 1") }
        #expect(idle == 4)
        await pool.close()
        await server.stop()
    }

    @Test func aListenerComesBackAndSaysSo() async throws {
        let server = try await PostgresServer.start()
        let configuration = try PostgresConfiguration(url: server.url)
        var events = PostgresListener(
            configuration: configuration,
            channels: ["jobs", "Odd \"name\""],
            logger: .silent
        ).makeAsyncIterator()
        #expect(await events.next() == .reconnected)
        let first = try await PostgresConnection.connect(configuration)
        try await first.execute("notify jobs, 'one'; notify \"Odd \"\"name\"\"\", 'two'")
        #expect(await events.next()?.payload == "one")
        let two = await events.next()
        #expect(two?.payload == "two" && two?.channel == "Odd \"name\"")
        try await server.restart()
        #expect(await events.next() == .reconnected)
        let second = try await PostgresConnection.connect(configuration)
        try await second.execute("notify jobs, 'three'")
        #expect(await events.next()?.payload == "three")
        await server.stop()
    }
}

extension PostgresListener.Event {
    var payload: String? {
        if case .notification(let notification) = self { notification.payload } else { nil }
    }

    var channel: String? {
        if case .notification(let notification) = self { notification.channel } else { nil }
    }
}
