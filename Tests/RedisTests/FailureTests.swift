import LocalServers
import Logging
import Redis
import ServiceLifecycle
import TestSupport
import Testing

/// What happens when Redis is slow or away.
@Suite(.timeLimit(.minutes(1)))
struct FailureTests {
    @Test func aLateReplyBelongsToNobodyAndTheNextOneMatches() async throws {
        let server = try await RedisServer.start()
        let test = try await TestRedis(server.url) { $0.commandTimeout = .milliseconds(200) }
        let redis = test.redis
        try await redis.set("key", to: "value")
        await server.freeze()
        let late = await #expect(throws: RedisError.self) { try await redis.send("ECHO", "late") }
        #expect(late == .timedOut(command: "ECHO", after: .milliseconds(200)))
        #expect(redis.inFlight == 1)
        await server.thaw()
        // Commands may still time out until the server has woken up; what is answered must match.
        var answer: String?
        while answer == nil { answer = try? await redis.send("ECHO", "next").string }
        #expect(answer == "next")
        await test.stop()
        await server.stop()
    }

    @Test func afterAStallTheConnectionIsMadeAnew() async throws {
        let server = try await RedisServer.start()
        let test = try await TestRedis(server.url) {
            $0.commandTimeout = .milliseconds(50)
            $0.stallTimeout = .milliseconds(200)
            $0.connectTimeout = .milliseconds(500)
        }
        let redis = test.redis
        let before = try await redis.send("CLIENT", "ID").integer
        await server.freeze()
        await #expect(throws: RedisError.self) { try await redis.ping() }
        while redis.isConnected { try await Task.sleep(for: .milliseconds(1)) }
        let refused = await #expect(throws: RedisError.self) { try await redis.ping() }
        guard case .notConnected = refused else { return #expect(Bool(false), "\(String(describing: refused))") }
        await server.thaw()
        await redis.becomeConnected()
        var after: Int64?
        while after == nil { after = try? await redis.send("CLIENT", "ID").integer }
        #expect(after != before)
        await test.stop()
        await server.stop()
    }

    @Test func aRestartUnderLoadIsSurvived() async throws {
        let server = try await RedisServer.start()
        let test = try await TestRedis(server.url)
        let redis = test.redis
        let (answered, failed, wrong, isOver) = (Counter(), Counter(), Counter(), Counter())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<32 {
                group.addTask {
                    var round = 0
                    while isOver.value == 0 {
                        round += 1
                        do {
                            let reply = try await redis.send("ECHO", RedisArgument("\(task) \(round)"))
                            (reply.string == "\(task) \(round)" ? answered : wrong).increment()
                        } catch is RedisError {
                            failed.increment()
                            await Task.yield()
                        }
                    }
                }
            }
            while answered.value < 1000 { await Task.yield() }
            await server.kill()
            while failed.value == 0 { await Task.yield() }
            try await server.restart()
            await redis.becomeConnected()
            let before = answered.value
            while answered.value < before + 1000 { await Task.yield() }
            isOver.increment()
            try await group.waitForAll()
        }
        #expect(wrong.value == 0)
        await test.stop()
        await server.stop()
    }

    @Test func withoutAServerCommandsFailAtOnce() async throws {
        let port = try FreePort.find()
        let redis = RedisConnection(
            configuration: try RedisConfiguration(url: "redis://127.0.0.1:\(port)"),
            logger: .silent
        )
        let unstarted = await #expect(throws: RedisError.self) { try await redis.ping() }
        #expect(unstarted == .notConnected(reason: "it has not been started yet"))
        let service = Task { try await redis.run() }
        var reason = ""
        while !reason.contains("refused") {
            await Task.yield()
            do {
                try await redis.ping()
                Issue.record("there is no server")
            } catch RedisError.notConnected(let why) {
                reason = why
            }
        }
        service.cancel()
        _ = await service.result
    }

    @Test func aWrongPasswordIsSaidAndNotRepeated() async throws {
        let server = try await RedisServer.start()
        let redis = RedisConnection(
            configuration: try RedisConfiguration(url: "redis://:wrong-horse@127.0.0.1:\(server.port)"),
            logger: .silent
        )
        let service = Task { try await redis.run() }
        var reason = ""
        while !reason.contains("WRONGPASS") {
            await Task.yield()
            do {
                try await redis.ping()
            } catch RedisError.notConnected(let why) {
                reason = why
            }
        }
        #expect(!reason.contains("wrong-horse"))
        service.cancel()
        _ = await service.result
        await server.stop()
    }

    @Test func cancellationReleasesTheCaller() async throws {
        let server = try await RedisServer.start()
        let test = try await TestRedis(server.url)
        let redis = test.redis
        await server.freeze()
        let task = Task { try await redis.send("ECHO", "lost") }
        while redis.inFlight == 0 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await server.thaw()
        let next = try await redis.send("ECHO", "next").string
        #expect(next == "next")
        await test.stop()
        await server.stop()
    }

    @Test func onlySoManyCommandsAreInFlight() async throws {
        let server = try await RedisServer.start()
        let test = try await TestRedis(server.url) { $0.maximumInFlight = 10 }
        let redis = test.redis
        await server.freeze()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { _ = try? await redis.ping() } }
            while redis.inFlight < 10 { await Task.yield() }
            let error = await #expect(throws: RedisError.self) { try await redis.ping() }
            #expect(error == .tooManyInFlight(limit: 10))
            await server.thaw()
        }
        try await redis.ping()
        await test.stop()
        await server.stop()
    }

    @Test func shuttingDownAnswersWhatIsInFlight() async throws {
        let redis = RedisConnection(configuration: try RedisConfiguration(url: try await TestServers.shared.redis()))
        let group = ServiceGroup(services: [redis], logger: Logger(label: "tests"))
        let running = Task { try await group.run() }
        await redis.becomeConnected()
        let replies = (0..<100).map { number in Task { try await redis.send("ECHO", "\(number)").string } }
        while redis.inFlight == 0 { await Task.yield() }
        await group.triggerGracefulShutdown()
        try await running.value
        for (number, reply) in replies.enumerated() {
            // Those that came after the shutdown were refused; nobody's reply may be lost or another's.
            switch await reply.result {
            case .success(let text): #expect(text == "\(number)")
            case .failure(let error):
                #expect(error as? RedisError == .notConnected(reason: "it has been shut down"))
            }
        }
        #expect(redis.inFlight == 0 && !redis.isConnected)
    }
}
