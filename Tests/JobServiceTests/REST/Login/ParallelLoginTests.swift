import HTTPTypes
import HummingbirdTesting
import LocalServers
import Redis
import TestSupport
import Testing

@testable import JobService
@testable import JobStore

/// Guesses that come at once.
@Suite(.timeLimit(.minutes(1)))
struct ParallelLoginTests {
    /// With Redis, without one, and with one that stops answering.
    enum Memory: CaseIterable { case redis, none }

    @Test(arguments: Memory.allCases) func ofFortyGuessesAtOnceFourAreLookedAt(_ memory: Memory) async throws {
        let redis = memory == .redis ? try await TestServers.shared.redis() : nil
        let platform = try await TestPlatform(url: await TestServers.shared.database(), redisURL: redis)
        while memory == .redis, !platform.redis.isConnected { try await Task.sleep(for: .milliseconds(5)) }
        try await platform.serve(.live) { api in
            let body = #"{"username":"admin","password":"guess"}"#
            let head = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            let statuses = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        var status = ""
                        try await api.exchange { connection in
                            try await connection.send("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                            let line = try await connection.read(until: "\r\n")
                            status = String(line.dropFirst("HTTP/1.1 ".count).prefix(3))
                        }
                        return status
                    }
                }
                return try await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses["401"] == 4, "\(statuses)")
            #expect(statuses["429"] == 36, "\(statuses)")
        }
        await platform.close()
    }
}
