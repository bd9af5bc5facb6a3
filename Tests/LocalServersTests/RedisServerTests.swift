import Foundation
import Testing

@testable import LocalServers

@Suite(.timeLimit(.minutes(1))) struct RedisServerTests {
    @Test func aServerLivesDiesAndComesBack() async throws {
        let server = try await RedisServer.start()
        let password = try #require(URLComponents(string: server.url)?.password)
        func probe() async throws(LocalServerError) {
            try await ServerProbe.redis(
                host: "127.0.0.1",
                port: server.port,
                password: password,
                within: .milliseconds(500)
            )
        }
        try await probe()

        await server.kill()
        await #expect(throws: LocalServerError.self) { try await probe() }
        try await server.restart()
        try await probe()

        await server.freeze()
        let frozen = await #expect(throws: LocalServerError.self) { try await probe() }
        #expect(frozen?.description.contains("no answer in time") == true)
        await server.thaw()
        try await probe()

        await server.stop()
        #expect(await server.pid == nil)
    }

    @Test func nobodyGetsInWithoutThePassword() async throws {
        let server = try await RedisServer.start()
        let error = await #expect(throws: LocalServerError.self) {
            try await ServerProbe.redis(host: "127.0.0.1", port: server.port)
        }
        #expect(error?.description.contains("NOAUTH") == true)
    }

    @Test func aDirectiveThatIsWrongIsToldFromTheLog() async throws {
        let error = await #expect(throws: LocalServerError.self) {
            try await RedisServer.start(settings: ["maxmemory-policy": "none-at-all"])
        }
        #expect(error?.description.contains("maxmemory-policy") == true)
    }
}
