import Foundation
import LocalServers

/// A process that starts servers as a test does and then waits to be killed; for the tests of LocalServers.
///
/// It prints one line for each server, `NAME PID DIRECTORY`.
@main
struct LeashFixture {
    static func main() async throws {
        let postgres = try await PostgresServer.start()
        let redis = try await RedisServer.start()
        try await report("postgres", postgres.pid, postgres.log)
        try await report("redis", redis.pid, redis.log)
        try await Task.sleep(for: .seconds(600))
        withExtendedLifetime((postgres, redis)) {}
    }

    private static func report(_ name: String, _ pid: Int32?, _ log: URL) throws {
        let line = "\(name) \(pid ?? 0) \(log.deletingLastPathComponent().path)\n"
        try FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
    }
}
