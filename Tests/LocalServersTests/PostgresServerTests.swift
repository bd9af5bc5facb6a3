import Foundation
import Testing

@testable import LocalServers

@Suite(.timeLimit(.minutes(1))) struct PostgresServerTests {
    private func query(_ url: String, _ sql: String) async throws -> [String] {
        let psql = try PostgresInstallation.find().program("psql")
        return try await output(of: psql, ["--no-psqlrc", "--tuples-only", "--no-align", "--command=\(sql)", url])
    }

    @Test func aServerLivesDiesAndComesBackWithItsData() async throws {
        let server = try await PostgresServer.start(settings: ["work_mem": "7MB"])
        let url = try await server.createDatabase(named: "shop")
        #expect(try await query(url, "SHOW work_mem") == ["7MB"])
        _ = try await query(url, "CREATE TABLE kept AS SELECT 42 AS n")

        await server.kill()
        #expect(await server.pid == nil)
        await #expect(throws: LocalServerError.self) {
            try await ServerProbe.postgres(host: "127.0.0.1", port: server.port, user: "queueflow")
        }

        try await server.restart()
        #expect(try await query(url, "SELECT n FROM kept") == ["42"])

        await server.stop()
        #expect(await server.pid == nil)
        try await server.restart()
        #expect(try await query(url, "SELECT n FROM kept") == ["42"])
    }

    @Test func aTemporaryServerLeavesNothingBehind() async throws {
        var server: PostgresServer? = try await PostgresServer.start()
        let pid = try #require(await server?.pid)
        let directory = try #require(server?.log.deletingLastPathComponent().path)
        #expect(FileManager.default.fileExists(atPath: directory))
        server = nil
        try await eventually("the server has ended") { !isRunning(pid) }
        try await eventually("its directory is gone") { !FileManager.default.fileExists(atPath: directory) }
    }

    @Test func nobodyGetsInWithoutThePassword() async throws {
        let server = try await PostgresServer.start()
        let stranger = "postgres://queueflow:wrong@127.0.0.1:\(server.port)/postgres"
        #expect(try await query(stranger, "SELECT 1").isEmpty)
        #expect(try await query(server.url, "SELECT 1") == ["1"])
        // Only the loopback address, and no socket in a directory open to all.
        #expect(try await query(server.url, "SHOW listen_addresses") == ["127.0.0.1"])
        #expect(try await query(server.url, "SHOW unix_socket_directories") == [""])
    }

    @Test(arguments: ["", "1a", "Shop", "a b", "a\"b", "a;drop", String(repeating: "a", count: 64)])
    func odd(_ name: String) async throws {
        let cluster = try PostgresCluster(directory: URL(filePath: "/nowhere"), port: 1, password: "x")
        await #expect(throws: LocalServerError.badDatabaseName(name)) { try await cluster.createDatabase(named: name) }
    }

    @Test func aSettingThatIsWrongIsToldFromTheLog() async throws {
        let error = await #expect(throws: LocalServerError.self) {
            try await PostgresServer.start(settings: ["shared_buffers": "none at all"])
        }
        #expect(error?.description.contains("shared_buffers") == true)
    }
}
