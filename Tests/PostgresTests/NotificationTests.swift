import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NotificationTests {
    @Test func notificationsArriveWhileTheConnectionIsIdle() async throws {
        let database = try await TestDatabase()
        let (db, other) = (try await database.connect(), try await database.connect())
        try await db.listen("news")
        let reader = Task { () -> PostgresNotification? in
            for try await notification in db.notifications { return notification }
            return nil
        }
        try await other.execute("notify news, 'hello'")
        let notification = try await reader.value
        #expect(notification?.channel == "news" && notification?.payload == "hello")
        #expect(notification?.processID ?? 0 > 0)
    }

    @Test func notificationsArriveWhileTheConnectionWorks() async throws {
        let database = try await TestDatabase()
        let (db, other) = (try await database.connect(), try await database.connect())
        try await db.listen("news")
        let reader = Task {
            var payloads: [String] = []
            for try await notification in db.notifications {
                payloads.append(notification.payload)
                if payloads.count == 200 { break }
            }
            return payloads
        }
        async let work: Void = {
            for _ in 0..<200 { try await db.execute("select 1") }
        }()
        for number in 0..<200 { try await other.execute("notify news, '\(number)'") }
        try await work
        let payloads = try await reader.value
        #expect(payloads == (0..<200).map(String.init))
    }

    /// Each reader looks and then waits, while its notification comes; on a connection that reads answers at the same time.
    @Test func noneIsMissedBetweenLookingAndWaiting() async throws {
        let database = try await TestDatabase()
        let (db, other) = (try await database.connect(), try await database.connect())
        try await db.listen("news")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var iterator = db.notifications.makeAsyncIterator()
                for number in 0..<300 {
                    async let sent: Void = other.execute("notify news, '\(number)'")
                    let next = try await iterator.next()
                    #expect(next?.payload == "\(number)")
                    try await sent
                }
            }
            group.addTask { for _ in 0..<300 { try await db.execute("select repeat('x', 100000)") } }
            try await group.waitForAll()
        }
    }

    @Test func unreadNotificationsAreKept() async throws {
        let db = try await TestDatabase().connect()
        try await db.listen("news")
        try await db.execute("notify news, 'a'; notify news, 'b'")
        var iterator = db.notifications.makeAsyncIterator()
        #expect(try await iterator.next()?.payload == "a")
        #expect(try await iterator.next()?.payload == "b")
        try await db.unlisten("news")
        try await db.execute("notify news, 'c'; listen other; notify other, 'd'")
        let next = try await iterator.next()
        #expect(next?.payload == "d")
    }

    @Test func waitingCanBeCancelledAndTakenUpAgain() async throws {
        let db = try await TestDatabase().connect()
        try await db.listen("news")
        for _ in 0..<20 {
            let reader = Task {
                var iterator = db.notifications.makeAsyncIterator()
                return try await iterator.next()
            }
            await Task.yield()
            reader.cancel()
            await #expect(throws: CancellationError.self) { try await reader.value }
        }
        try await db.execute("notify news, 'x'")
        var iterator = db.notifications.makeAsyncIterator()
        let next = try await iterator.next()
        #expect(next?.payload == "x")
    }

    @Test func theEndOfTheConnectionEndsTheWait() async throws {
        let database = try await TestDatabase()
        let (db, other) = (try await database.connect(), try await database.connect())
        try await db.listen("news")
        let process = try await db.value("select pg_backend_pid()", as: Int.self)
        let reader = Task {
            var iterator = db.notifications.makeAsyncIterator()
            return try await iterator.next()
        }
        try await other.query(.sql("select pg_terminate_backend($1)"), process)
        let error = await #expect(throws: PostgresError.self) { try await reader.value }
        #expect(error?.isConnectionLost == true)
        #expect(db.isClosed)
    }

    @Test func closingEndsTheWaitToo() async throws {
        let db = try await TestDatabase().connect()
        try await db.listen("news")
        let reader = Task {
            var iterator = db.notifications.makeAsyncIterator()
            return try await iterator.next()
        }
        await db.close()
        let error = await #expect(throws: PostgresError.self) { try await reader.value }
        #expect(error?.kind == .connectionClosed)
    }
}
